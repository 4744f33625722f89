import type { IdMap } from '../../oci/id-map.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';

/** Whether containers have users of their own: `auto` where the machine can, `always` or not at all, `never`. */
export const USER_NAMESPACES = ['auto', 'always', 'never'] as const;
export type UserNamespaces = (typeof USER_NAMESPACES)[number];

export interface ContainerUsersOptions {
  readonly settings: () => {
    readonly userNamespaces: UserNamespaces;
    /** Whether a container may ask for the machine's users. */
    readonly mayShareUsers: boolean;
  };
  /** Whom users are outside. */
  readonly idMap: () => Promise<IdMap>;
  /** Why they can't be mapped here, as a clause; undefined when a container was made so. */
  readonly trouble: () => Promise<string | undefined>;
  /** Told once why containers have the machine's users though nobody asked for it. */
  readonly onTrouble: (why: string) => void;
}

/** Decides whom the users of a container are outside of it. */
export class ContainerUsers {
  readonly #options: ContainerUsersOptions;
  #isTold = false;

  constructor(options: ContainerUsersOptions) {
    this.#options = options;
  }

  /** Undefined for the machine's own users. Errors: AgentError `forbidden`, `not-able`. */
  async of({ name, users }: Pick<ContainerConfig, 'name' | 'users'>): Promise<IdMap | undefined> {
    const { userNamespaces, mayShareUsers } = this.#options.settings();
    if (userNamespaces === 'never') return undefined;
    if (users === 'host') {
      if (mayShareUsers) return undefined;
      throw new AgentError(
        'forbidden',
        `Cannot start the container "${name}" with the machine's own users: "containers.host_users" is false`,
      );
    }
    const trouble = await this.#options.trouble();
    if (trouble === undefined) return await this.#options.idMap();
    if (userNamespaces === 'always') {
      throw new AgentError(
        'not-able',
        `Cannot start the container "${name}" with users of its own: ${trouble}; "containers.user_namespaces" is "always", "auto" would start it with the machine's`,
      );
    }
    if (!this.#isTold) this.#options.onTrouble(trouble);
    this.#isTold = true;
    return undefined;
  }
}

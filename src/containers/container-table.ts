import { nearestName } from '../base/nearest-name.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig } from '../protocol/container.ts';

/** What of a container must be known at once, without asking the state. */
export interface KnownContainer {
  readonly id: string;
  readonly name: string;
  readonly number: number;
}

/** All containers of the agent, and the names that are being taken. Who writes a container tells it here. */
export class ContainerTable {
  readonly #byId = new Map<string, KnownContainer>();
  readonly #byName = new Map<string, string>();

  put(id: string, { name, number }: Pick<ContainerConfig, 'name' | 'number'>): void {
    const before = this.#byId.get(id);
    this.#byId.set(id, { id, name, number });
    if (before !== undefined) this.release(before.name, id);
    this.#byName.set(name, id);
  }

  remove(id: string): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.delete(id);
    this.release(known.name, id);
  }

  /** Keeps a name for a container that is about to be written. Errors: AgentError `already-exists`. */
  reserve(name: string, id: string): void {
    const holder = this.#byName.get(name) ?? (this.#byId.has(name) ? name : undefined);
    if (holder !== undefined && holder !== id) {
      throw new AgentError(
        'already-exists',
        `Cannot call a container "${name}": the container ${holder} has this name`,
      );
    }
    this.#byName.set(name, id);
  }

  release(name: string, id: string): void {
    if (this.#byName.get(name) === id && this.#byId.get(id)?.name !== name) this.#byName.delete(name);
  }

  /** By id or name. A name that was only reserved is nobody's. */
  find(container: string): KnownContainer | undefined {
    return this.#byId.get(container) ?? this.#byId.get(this.#byName.get(container) ?? '');
  }

  /** Errors: AgentError `unknown-container`. */
  get(container: string): KnownContainer {
    const known = this.find(container);
    if (known === undefined) throw unknownContainer(container, nearestName(container, this.#byName.keys()));
    return known;
  }

  get all(): readonly KnownContainer[] {
    return [...this.#byId.values()].sort((one, other) => one.number - other.number);
  }
}

export function unknownContainer(container: string, nearest?: string): AgentError {
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return new AgentError(
    'unknown-container',
    `Cannot find the container ${JSON.stringify(container.slice(0, 128))}: none has this id or name${hint}`,
  );
}

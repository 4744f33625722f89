import type { Clock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { SecretProvider } from './secret-provider.ts';

/** A file system that hangs must not hold up a start for ever, milliseconds. */
const ANSWER_MS = 5_000;

/** Told each value before anybody gets it. */
export type OnSecret = (name: string, value: string) => void;

/** Finds the value of a secret at the first provider that has one. Nothing is remembered: each time it is read anew. */
export class SecretLookup {
  readonly #clock: Clock;
  #providers: readonly SecretProvider[] = [];
  #onRead: OnSecret = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on secrets come from these, the first that has one decides. */
  use(providers: readonly SecretProvider[], onRead: OnSecret): void {
    this.#providers = providers;
    this.#onRead = onRead;
  }

  /** Errors: AgentError `no-secret`, which names the secret and where it was looked for; `no-resources` when nothing answers. */
  async read(name: string): Promise<string> {
    for (const provider of this.#providers) {
      const late = Symbol('late');
      const value = await inTime<string | undefined, symbol>(this.#clock, ANSWER_MS, provider.read(name), late);
      if (typeof value === 'symbol') {
        throw new AgentError('no-resources', `Cannot read the secret "${name}": ${provider.place} does not answer`);
      }
      if (value === undefined) continue;
      this.#onRead(name, value);
      return value;
    }
    throw new AgentError('no-secret', `Cannot find the secret "${name}": ${this.#places()}`);
  }

  #places(): string {
    if (this.#providers.length === 0) return 'the agent has no secrets; "secrets.directory" says where they are';
    const places = this.#providers.map(({ place }) => place);
    return places.length === 1 ? `it is not in ${String(places[0])}` : `it is neither in ${places.join(' nor in ')}`;
  }
}

/** Gives commands the secrets of the configuration, and keeps their values out of the agent's log. */
import { keepsSecrets, type Logger } from '../telemetry/logger.ts';
import type { MakePart } from './agent-part.ts';
import { secretProviders } from './secret-providers.ts';

/** Values that the log knows at once: the newest of so many names. */
const MOST_VALUES = 1000;

export const giveSecrets: MakePart = ({ config, commands, environment, logger }) => {
  const known = new KnownValues(logger);
  const use = (): void => {
    commands.secrets.use(secretProviders(config().secrets, environment), (name, value) => {
      known.add(name, value);
    });
  };
  return {
    register: use,
    reload: use,
    close: () => {
      known[Symbol.dispose]();
    },
  };
};

/** The values that were read last, which the log leaves out. */
class KnownValues implements Disposable {
  readonly #logger: Logger;
  readonly #values = new Map<string, { readonly value: string; readonly hidden: Disposable }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, value: string): void {
    if (!keepsSecrets(this.#logger)) return;
    const before = this.#values.get(name);
    if (before?.value === value) return;
    this.#values.delete(name);
    before?.hidden[Symbol.dispose]();
    this.#values.set(name, { value, hidden: this.#logger.secrets.add(value) });
    if (this.#values.size > MOST_VALUES) this.#forgetOldest();
  }

  [Symbol.dispose](): void {
    while (this.#values.size > 0) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (oldest === undefined) return;
    this.#values.delete(oldest[0]);
    oldest[1].hidden[Symbol.dispose]();
  }
}

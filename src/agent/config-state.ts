/** The section of what the agent remembers as resources. */
import * as z from 'zod';
import { SECRET_NAME, SECRET_NAME_RULE } from '../security/secrets/secret-name.ts';
import { ConfigError } from './config-error.ts';

const PREFIX = 'secret:';

export const StateSection = z.strictObject({
  history: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('Changes of each kind of resource that are kept for those who watch from the past.'),
  history_age: z
    .number()
    .min(60)
    .max(1_000_000_000)
    .default(604_800)
    .describe('Seconds after which such changes may go from the disk.'),
  keys: z
    .array(z.string())
    .max(16)
    .refine((keys) => new Set(keys).size === keys.length, 'expected each secret once')
    .default([])
    .describe(
      'Secrets that open what is kept on disk, `secret:NAME`: passphrases, or X25519 keys as PEM (a public one locks only). With one, resources are encrypted, which can’t be taken back. Default: none, not encrypted.',
    ),
});

export interface StateConfig {
  readonly history: number;
  readonly historyAgeMs: number;
  /** Names of secrets. */
  readonly keys: readonly string[];
}

/** Errors: ConfigError for a key that is no reference; what was given may be a passphrase, so it is not shown. */
export function stateConfig(section: z.infer<typeof StateSection>): StateConfig {
  const { history, history_age: age, keys } = section;
  return { history, historyAgeMs: age * 1000, keys: keys.map(nameOf) };
}

function nameOf(key: string, at: number): string {
  const name = key.slice(PREFIX.length);
  if (key.startsWith(PREFIX) && SECRET_NAME.test(name)) return name;
  throw new ConfigError(
    `Cannot use the configuration: "state.keys.${at}" is no reference to a secret, such as "${PREFIX}NAME"; ${SECRET_NAME_RULE}`,
  );
}

/** The section of what the agent remembers as resources. */
import * as z from 'zod';
import { SECRET_NAME, SECRET_NAME_RULE } from '../security/secrets/secret-name.ts';

const PREFIX = 'secret:';

const Reference = z
  .string()
  .startsWith(PREFIX, `expected a reference to a secret, such as "${PREFIX}NAME"`)
  .refine((text) => SECRET_NAME.test(text.slice(PREFIX.length)), SECRET_NAME_RULE);

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
    .array(Reference)
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

export function stateConfig(section: z.infer<typeof StateSection>): StateConfig {
  const { history, history_age: age, keys } = section;
  return { history, historyAgeMs: age * 1000, keys: keys.map((key) => key.slice(PREFIX.length)) };
}

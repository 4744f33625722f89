/** The section of secrets: where their values are. The values themselves stand in no configuration. */
import * as z from 'zod';
import { SECRET_NAME, SECRET_NAME_RULE } from '../security/secrets/secret-name.ts';

const Variable = z
  .string()
  .regex(/^[^=\0]+$/, 'expected the name of a variable')
  .max(1024);

export const SecretsSection = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe('Directory with one file for each secret, named like it, mode 0600 or 0400. Default: none.'),
  env: z
    .record(z.string().regex(SECRET_NAME, SECRET_NAME_RULE), Variable)
    .default({})
    .describe('Secrets that are variables of the agent: `NAME = "VARIABLE"`. Only in the file.'),
});

export interface SecretsConfig {
  /** Absolute. */
  readonly directory: string | undefined;
  /** Names of variables by the names of secrets. */
  readonly env: Readonly<Record<string, string>>;
}

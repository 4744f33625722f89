import { secretFiles } from '../security/secrets/secret-files.ts';
import type { SecretProvider } from '../security/secrets/secret-provider.ts';
import { secretVariables } from '../security/secrets/secret-variables.ts';
import type { SecretsConfig } from './config-secrets.ts';

/** Where the configuration says that secrets are. The first that has one decides. */
export function secretProviders(
  { directory, env }: SecretsConfig,
  environment: Readonly<Record<string, string | undefined>>,
): SecretProvider[] {
  return [
    ...(directory === undefined ? [] : [secretFiles(directory)]),
    ...(Object.keys(env).length === 0 ? [] : [secretVariables(env, environment)]),
  ];
}

/** The configuration can't be used. The message names the place, the key, the wrong value and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** What the process exits with: EX_CONFIG. */
  readonly exitCode = 78;
}

/** Whether something thrown is a {@link ConfigError}, of any copy of this module. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === 'ConfigError' && 'exitCode' in error;
}

/** What the level of a message means. Levels are 0 to 255; those without a row are passed on as they are. */
export interface Level {
  readonly name: string;
  readonly meaning: string;
}

export const STDOUT_LEVEL = 1;
export const STDERR_LEVEL = 2;
export const CRITICAL_LEVEL = 9;
export const STATISTICS_LEVEL = 10;
export const DEBUG_LEVEL = 11;
export const JSON_RESULT_LEVEL = 20;
export const MAX_LEVEL = 255;

export const LEVELS: Readonly<Record<number, Level>> = {
  1: { name: 'stdout', meaning: 'plain standard output' },
  2: { name: 'stderr', meaning: 'plain standard error' },
  3: { name: 'public', meaning: 'for the end user' },
  4: { name: 'operator', meaning: 'for the operator' },
  5: { name: 'log', meaning: 'unstructured log' },
  6: { name: 'structured-log', meaning: 'structured log' },
  7: { name: 'warning', meaning: 'a warning' },
  8: { name: 'operations-error', meaning: 'an error operators should look at' },
  9: { name: 'critical', meaning: 'a critical error; the last one is in the result as `critical`' },
  10: { name: 'statistics', meaning: 'a sample: `key:value|A or D|tag=value,…`' },
  11: { name: 'debug', meaning: 'for debugging' },
  20: { name: 'result-json', meaning: 'the result as JSON; the last one is in the result as `data`' },
  21: { name: 'result-yaml', meaning: 'the result as YAML' },
  22: { name: 'result-toml', meaning: 'the result as TOML' },
  23: { name: 'result-hrd', meaning: 'the result as HRD' },
  30: { name: 'result-job', meaning: 'the result as a whole job' },
};

/** Whether a message of this level is a result: the last one of a run becomes the result's `data`. */
export function isResultLevel(level: number): boolean {
  return (level >= 20 && level <= 23) || level === 30;
}

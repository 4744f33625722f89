import { EXIT_FAILURE, EXIT_USAGE } from './exit-codes.ts';

/** Something a person should read in one line: `corex: Cannot …`. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: number;
  /** Lines below the message that tell what to do about it. */
  readonly advice: readonly string[];

  constructor(
    message: string,
    options: { readonly exitCode?: number; readonly advice?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT_FAILURE;
    this.advice = options.advice ?? [];
  }
}

/** The command line is wrong: nothing was tried. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';

  constructor(message: string, advice: readonly string[] = []) {
    super(message, { exitCode: EXIT_USAGE, advice });
  }
}

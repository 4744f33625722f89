import { ERROR_CODES, isErrorName } from './error-codes.ts';
import type { ErrorName } from './error-codes.ts';

/** An error as it crosses the wire. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of corex: something could not even be tried, or can't be answered. A job that
 * ends badly is a result, not an error. Match on `code`, never on the class, across a border.
 */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: ErrorName;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** The number a result carries in `code`: the table's, unless the thrower (a built-in) chose its own. */
  readonly number: number;

  constructor(
    code: ErrorName,
    message: string,
    options: {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
      readonly number?: number;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.number = options.number ?? ERROR_CODES[code].number;
  }

  /** Whether the same request may work later, unchanged. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  toJSON(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** The error a peer sent. A code this version doesn't know reads as `internal`, its name kept in the message. */
  static fromJSON(body: ErrorBody): AgentError {
    const options = body.details === undefined ? {} : { details: body.details };
    if (isErrorName(body.code)) return new AgentError(body.code, body.message, options);
    return new AgentError('internal', `${body.message} (${body.code})`, options);
  }
}

/** Whether something thrown is an {@link AgentError} of this process, of any copy of this module. */
export function isAgentError(error: unknown): error is AgentError {
  return error instanceof Error && error.name === 'AgentError' && 'code' in error;
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

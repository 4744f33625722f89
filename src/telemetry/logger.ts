/** What the rest of corex needs of a log. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  /** A logger that adds these facts to every line. */
  child(facts: object): Logger;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** A log that leaves out values it was told of. */
export interface SecretKeeping {
  readonly secrets: { add(value: string): Disposable };
}

export function keepsSecrets(logger: Logger): logger is Logger & SecretKeeping {
  return 'secrets' in logger;
}

/** A log that counts the lines it could not keep. */
export interface DropCounting {
  readonly dropped: number;
}

export function countsDropped(logger: Logger): logger is Logger & DropCounting {
  return 'dropped' in logger;
}

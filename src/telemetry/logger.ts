/** What the rest of corex needs of a log. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  /** A logger that adds these facts to every line. */
  child(facts: object): Logger;
}

/** From the least to the most important, then the one that lets nothing through. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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

/** A log whose least level can be changed while it is used, with that of its children. */
export interface LevelSetting {
  readonly level: LogLevel;
  setLevel(level: LogLevel): void;
}

export function setsLevel(logger: Logger): logger is Logger & LevelSetting {
  return 'setLevel' in logger;
}

/** A log whose file may be moved away. */
export interface Reopening {
  /** Goes on in whatever file has the path now. */
  reopen(): void;
}

export function reopens(logger: Logger): logger is Logger & Reopening {
  return 'reopen' in logger;
}

/** A log that others may read along. */
export interface Tapping {
  /** Called with every line, secrets left out, until the answer is disposed. What it throws is ignored. */
  tap(listener: (line: string) => void): Disposable;
}

export function letsTap(logger: Logger): logger is Logger & Tapping {
  return 'tap' in logger;
}

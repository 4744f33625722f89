import { pino, stdSerializers, type Logger as Pino } from 'pino';
import { LOG_LEVELS, type LevelSetting, type Logger, type LogLevel, type Reopening, type Tapping } from './logger.ts';
import { LogSink, type LogSinkOptions } from './log-sink.ts';
import { CENSORED, Secrets } from './secrets.ts';

export interface LoggerOptions extends LogSinkOptions {
  readonly level: LogLevel;
  /** Facts on every line. */
  readonly facts?: object;
  /** Values to keep out of it. Default: a registry of its own, which knows none yet. */
  readonly secrets?: Secrets;
}

/** A log and what its owner may do with it. */
export interface OwnedLogger extends Logger, LevelSetting, Reopening, Tapping, AsyncDisposable {
  /** The values this log keeps to itself. */
  readonly secrets: Secrets;
  /** Lines that could not be kept. */
  readonly dropped: number;
  /** Writes what waits without waiting: for the moment before a crash. */
  flushNow(): void;
}

/** Members whose value is never written, down to two levels below the facts. */
const SECRET_KEYS = [
  'token',
  'secret',
  'password',
  'authorization',
  'cookie',
  'sec-websocket-protocol',
  'private_key',
  'api_key',
];
const SECRET_PATHS = ['', '*', '*.*'].flatMap((depth) =>
  SECRET_KEYS.map((key) => (depth === '' ? `["${key}"]` : `${depth}["${key}"]`)),
);

/** A longer line is not written, only its beginning. */
const LONGEST_LINE = 64 * 1024;
const BEGINNING = 1024;

/**
 * A log of JSON lines, by pino. Its lines hold no secret values and no members with a secret's name.
 * Logging never throws, never waits and takes a bounded amount of memory; see {@link LogSink}.
 */
export function createLogger(options: LoggerOptions): OwnedLogger {
  const secrets = options.secrets ?? new Secrets();
  const sink = new LogSink(options);
  const listeners = new Listeners();
  const gate: Gate = { level: options.level };
  const root = pino(
    {
      // Pino's children never hear of a change of their parent's level, so the gate is in front of all of them.
      level: 'debug',
      base: options.facts ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      redact: { paths: SECRET_PATHS, censor: CENSORED },
      hooks: { streamWrite: (line) => shorten(secrets.redact(line)) },
    },
    {
      write: (line) => {
        sink.write(line);
        listeners.tell(line);
      },
    },
  );
  return {
    ...wrap(root, gate),
    secrets,
    get level() {
      return gate.level;
    },
    setLevel: (level) => {
      gate.level = level;
    },
    tap: (listener) => listeners.add(listener),
    get dropped() {
      return sink.dropped;
    },
    reopen: () => sink.reopen(),
    flushNow: () => sink.flushNow(),
    [Symbol.asyncDispose]: () => sink.close(),
  };
}

/** What a log and all its children let through. */
interface Gate {
  level: LogLevel;
}

function wrap(inner: Pino, gate: Gate): Logger {
  const say = (level: Exclude<LogLevel, 'silent'>) => {
    const rank = LOG_LEVELS.indexOf(level);
    return (facts: object, message: string) => {
      if (rank < LOG_LEVELS.indexOf(gate.level)) return;
      try {
        inner[level](facts, message);
      } catch {
        // A fact that throws when it is read: the message is worth more than the fact.
        inner[level]({}, message);
      }
    };
  };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (facts) => wrap(inner.child(facts), gate),
  };
}

class Listeners {
  readonly #all = new Set<(line: string) => void>();

  add(listener: (line: string) => void): Disposable {
    this.#all.add(listener);
    return { [Symbol.dispose]: () => void this.#all.delete(listener) };
  }

  tell(line: string): void {
    for (const listener of this.#all) {
      try {
        listener(line);
      } catch {
        // Who reads along can't be felt.
      }
    }
  }
}

function shorten(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  const facts = {
    level: 'warn',
    time: new Date().toISOString(),
    length: line.length,
    beginning: line.slice(0, BEGINNING),
    msg: 'A line of this log was too long',
  };
  return `${JSON.stringify(facts)}\n`;
}

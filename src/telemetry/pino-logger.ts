import { pino, stdSerializers, type Logger as Pino } from 'pino';
import type { Logger } from './logger.ts';
import { LogSink, type LogSinkOptions } from './log-sink.ts';
import { CENSORED, Secrets } from './secrets.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions extends LogSinkOptions {
  readonly level: LogLevel;
  /** Facts on every line. */
  readonly facts?: object;
  /** Values to keep out of it. Default: a registry of its own, which knows none yet. */
  readonly secrets?: Secrets;
}

/** A log and what its owner may do with it. */
export interface OwnedLogger extends Logger, AsyncDisposable {
  /** The values this log keeps to itself. */
  readonly secrets: Secrets;
  /** Lines that could not be kept. */
  readonly dropped: number;
  /** Goes on in whatever file has the path now: after somebody moved the old one away. */
  reopen(): void;
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
  const root = pino(
    {
      level: options.level,
      base: options.facts ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      redact: { paths: SECRET_PATHS, censor: CENSORED },
      hooks: { streamWrite: (line) => shorten(secrets.redact(line)) },
    },
    { write: (line) => sink.write(line) },
  );
  const logger = wrap(root);
  return {
    ...logger,
    secrets,
    get dropped() {
      return sink.dropped;
    },
    reopen: () => sink.reopen(),
    flushNow: () => sink.flushNow(),
    [Symbol.asyncDispose]: () => sink.close(),
  };
}

function wrap(inner: Pino): Logger {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (facts: object, message: string) => {
    try {
      inner[level](facts, message);
    } catch {
      // A fact that throws when it is read: the message is worth more than the fact.
      inner[level]({}, message);
    }
  };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (facts) => wrap(inner.child(facts)),
  };
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

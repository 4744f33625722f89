/** Lets built-ins follow what all jobs say and what the agent logs, and change how much that is. */
import type { Clock } from '../base/clock.ts';
import type { LogAccess } from '../engine/log-access.ts';
import { AgentError } from '../protocol/agent-error.ts';
import { letsTap, reopens, setsLevel, type Logger, type LogLevel } from '../telemetry/logger.ts';
import type { MakePart } from './agent-part.ts';
import { LogFeed } from './log-feed.ts';

export const offerLog: MakePart = ({ engine, logger, clock, ...world }) => {
  const stack = new DisposableStack();
  const level = stack.use(new TimedLevel(logger, clock));
  const feed = new LogFeed();
  let configured = world.config().log.level;
  return {
    register: () => {
      stack.use(engine.addHandler(feed.handler(() => clock.now())));
      if (letsTap(logger)) stack.use(logger.tap((line) => feed.agentLine(line)));
      world.offer({ log: access(logger, level, feed) });
    },
    reload: () => {
      const { level: wanted } = world.config().log;
      // What somebody set by hand stays, unless the file says something else than it did.
      if (wanted !== configured) level.set(wanted);
      configured = wanted;
    },
    close: () => {
      stack.dispose();
    },
  };
};

function access(logger: Logger, level: TimedLevel, feed: LogFeed): LogAccess {
  return {
    get level() {
      return level.present;
    },
    setLevel: (wanted, forMs) => level.set(wanted, forMs),
    reopen: () => {
      if (!reopens(logger)) throw new AgentError('not-able', 'Cannot open the log anew: it has no file of its own');
      logger.reopen();
    },
    follow: (filter) => {
      if (filter.agent !== undefined && !letsTap(logger)) {
        throw new AgentError('not-able', 'Cannot follow the log of the agent: it is not one of corex');
      }
      return feed.follow(filter);
    },
  };
}

/** The level of a log, which may be another one for a time. */
class TimedLevel implements Disposable {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #back: (Disposable & { readonly level: LogLevel }) | undefined;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  get present(): LogLevel {
    return this.#settable().level;
  }

  /** From now on; with `forMs` for so long, then as it was before any time began. */
  set(level: LogLevel, forMs?: number): void {
    const logger = this.#settable();
    const before = this.#back?.level ?? logger.level;
    this[Symbol.dispose]();
    if (forMs !== undefined) {
      const timer = this.#clock.after(forMs, () => {
        this.#back = undefined;
        logger.setLevel(before);
      });
      this.#back = { level: before, [Symbol.dispose]: () => timer[Symbol.dispose]() };
    }
    logger.setLevel(level);
  }

  [Symbol.dispose](): void {
    this.#back?.[Symbol.dispose]();
    this.#back = undefined;
  }

  #settable() {
    if (setsLevel(this.#logger)) return this.#logger;
    throw new AgentError('not-able', 'Cannot tell or set the level of the log: it is not one of corex');
  }
}

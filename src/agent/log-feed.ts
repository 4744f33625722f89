/** What all jobs say and the agent's own log, for those who follow it. */
import { Feed } from '../base/feed.ts';
import { parseTrustedJson } from '../base/json.ts';
import type { HandledJob, Handler } from '../engine/handlers.ts';
import type { LogFilter, LogReader } from '../engine/log-access.ts';
import type { ParsedMessage } from '../engine/streams/parsed-message.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { LogRecord } from '../protocol/log-record.ts';
import type { JobResult } from '../protocol/result.ts';
import { LOG_LEVELS, type LogLevel } from '../telemetry/logger.ts';

/** The newest records of jobs and of the agent that those who come later may have. */
const KEPT = { items: 1000, bytes: 4 * 1024 * 1024 };
/** What may wait for one reader. Records are shared by all readers. */
const WAITING = { items: 10_000, bytes: 2 * 1024 * 1024 };
const MOST_READERS = 64;
/** Characters of a message that a record carries. */
const LONGEST_TEXT = 64 * 1024;
/** About what a record takes beside its text. */
const RECORD_BYTES = 160;

interface LogItem {
  readonly record: LogRecord;
  readonly tags: readonly string[];
}

export class LogFeed {
  readonly #feed = new Feed<LogItem>(KEPT);
  #readers = 0;

  /** Feeds it with what jobs say and how they end. */
  handler(now: () => number): Handler {
    return {
      name: 'log-feed',
      messages: (job, messages) => {
        this.#messages(job, messages);
      },
      result: (job, result) => {
        this.#ended(job, result, now());
      },
    };
  }

  /** Feeds it with a line of the agent's log, as JSON. */
  agentLine(line: string): void {
    const { level, time, msg, ...facts } = parseTrustedJson(line) as Record<string, unknown>;
    const record: LogRecord = {
      source: 'agent',
      level: String(level),
      text: String(msg),
      epoch: Date.parse(String(time)),
      facts,
    };
    this.#feed.push('agent', { record, tags: [] }, line.length + RECORD_BYTES);
  }

  /** Errors: AgentError `too-many`. */
  follow(filter: LogFilter): LogReader {
    if (this.#readers >= MOST_READERS) {
      throw new AgentError('too-many', `Cannot follow the logs: ${String(MOST_READERS)} do so already`);
    }
    this.#readers += 1;
    const reader = this.#feed.open({ backlog: filter.backlog, wants: wantedBy(filter), bounds: WAITING });
    let isOpen = true;
    return {
      next: async (maxBytes) => {
        const batch = await reader.next(maxBytes);
        return batch === undefined ? undefined : { ...batch, items: batch.items.map(({ record }) => record) };
      },
      close: () => {
        reader.close();
        if (isOpen) this.#readers -= 1;
        isOpen = false;
      },
    };
  }

  #messages({ id, command }: HandledJob, messages: readonly ParsedMessage[]): void {
    // Where nobody reads, only those count that newer ones don't push out at once.
    const newest = this.#feed.isRead ? messages : messages.slice(-KEPT.items);
    for (const { seq, level, text, epoch, run, truncated } of newest) {
      const isLong = text.length > LONGEST_TEXT;
      const shown = isLong ? kept(text.slice(0, LONGEST_TEXT)) : text;
      const record: LogRecord = {
        source: 'job',
        id,
        command: command.name,
        run,
        seq,
        level,
        text: shown,
        epoch,
        ...(isLong || truncated === true ? { truncated: true } : {}),
      };
      this.#feed.push('jobs', { record, tags: command.tags }, shown.length + RECORD_BYTES);
    }
  }

  #ended({ id, command }: HandledJob, { state, code, reason }: JobResult, epoch: number): void {
    const record: LogRecord = { source: 'end', id, command: command.name, state, code, reason, epoch };
    this.#feed.push('jobs', { record, tags: command.tags }, RECORD_BYTES);
  }
}

function wantedBy({ jobs, levels, tags, agent }: LogFilter): (item: LogItem) => boolean {
  const least = agent === undefined ? Infinity : LOG_LEVELS.indexOf(agent);
  const wanted = levels === undefined ? undefined : new Set(levels);
  return ({ record, tags: own }) => {
    if (record.source === 'agent') return LOG_LEVELS.indexOf(record.level as LogLevel) >= least;
    if (!jobs || !(tags?.every((tag) => own.includes(tag)) ?? true)) return false;
    // How a job ended is told whatever the levels.
    return record.source === 'end' || (wanted?.has(record.level) ?? true);
  };
}

/** A copy: a slice would keep alive what it was cut from. */
function kept(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

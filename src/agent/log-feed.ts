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

/** Who says something; not the job itself, which must be free to go. */
interface Speaker {
  readonly id: string;
  readonly command: string;
  readonly tags: readonly string[];
}

/** Most messages are never read here, so they become records only when they are. */
interface LogItem {
  readonly speaker: Speaker | undefined;
  readonly said: ParsedMessage | Exclude<LogRecord, { readonly source: 'job' }>;
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
    const record = {
      source: 'agent' as const,
      level: String(level),
      text: String(msg),
      epoch: Date.parse(String(time)),
      facts,
    };
    this.#feed.push('agent', { speaker: undefined, said: record }, line.length + RECORD_BYTES);
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
        return batch === undefined ? undefined : { ...batch, items: batch.items.map(toRecord) };
      },
      close: () => {
        reader.close();
        if (isOpen) this.#readers -= 1;
        isOpen = false;
      },
    };
  }

  #messages(job: HandledJob, messages: readonly ParsedMessage[]): void {
    const speaker = speakerOf(job);
    // Where nobody reads, only those count that newer ones don't push out at once.
    const newest = this.#feed.isRead ? messages : messages.slice(-KEPT.items);
    for (const message of newest) {
      const said = message.text.length > LONGEST_TEXT ? shortened(message) : message;
      this.#feed.push('jobs', { speaker, said }, said.text.length + RECORD_BYTES);
    }
  }

  #ended(job: HandledJob, { state, code, reason }: JobResult, epoch: number): void {
    const speaker = speakerOf(job);
    const { id, command } = speaker;
    const said = { source: 'end' as const, id, command, state, code, reason, epoch };
    this.#feed.push('jobs', { speaker, said }, RECORD_BYTES);
  }
}

function speakerOf({ id, command }: HandledJob): Speaker {
  return { id, command: command.name, tags: command.tags };
}

/** A copy of the beginning: a slice would keep alive what it was cut from. */
function shortened(message: ParsedMessage): ParsedMessage {
  const text = Buffer.from(message.text.slice(0, LONGEST_TEXT), 'utf8').toString('utf8');
  return { ...message, text, truncated: true };
}

function toRecord({ speaker, said }: LogItem): LogRecord {
  if ('source' in said) return said;
  const { id = '', command = '' } = speaker ?? {};
  const { run, seq, level, text, epoch, truncated } = said;
  return { source: 'job', id, command, run, seq, level, text, epoch, ...(truncated === true ? { truncated } : {}) };
}

function wantedBy({ jobs, levels, tags, agent }: LogFilter): (item: LogItem) => boolean {
  const least = agent === undefined ? Infinity : LOG_LEVELS.indexOf(agent);
  const wanted = levels === undefined ? undefined : new Set(levels);
  return ({ speaker, said }) => {
    if ('source' in said && said.source === 'agent') return LOG_LEVELS.indexOf(said.level as LogLevel) >= least;
    if (!jobs || !(tags?.every((tag) => speaker?.tags.includes(tag)) ?? true)) return false;
    // How a job ended is told whatever the levels.
    return 'source' in said || (wanted?.has(said.level) ?? true);
  };
}

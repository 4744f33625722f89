import { truncateText } from '../../base/truncate-text.ts';
import { CRITICAL_LEVEL, STDERR_LEVEL, STDOUT_LEVEL, isResultLevel } from '../../protocol/levels.ts';
import { MAX_RESULT_TEXT_BYTES, RESULT_STREAM_BYTES, RESULT_STREAM_MESSAGES } from '../../protocol/limits.ts';
import type { ParsedMessage } from './message-parser.ts';
import { NewestText } from './newest-text.ts';
import type { NewestTextSnapshot } from './newest-text.ts';

/** What of a run's messages goes into its result. */
export interface CollectedSpeech {
  /** The last result, '' when there is none, and its level, then 0. */
  readonly data: string;
  readonly level: number;
  /** The newest messages of level 1 and of level 2, as they were said. */
  readonly streams: readonly [string, string];
  readonly critical: string | undefined;
}

/** The state of a {@link MessageCollector}. JSON. */
export interface CollectorSnapshot {
  readonly stdout: NewestTextSnapshot;
  readonly stderr: NewestTextSnapshot;
  readonly data: string;
  readonly level: number;
  readonly critical?: string;
  readonly count: number;
}

/**
 * Keeps what the result of one run needs of its messages, in bounded memory. Only a whole message becomes the
 * result's data: never one cut off, and none that was too long and came in parts.
 */
export class MessageCollector {
  readonly #stdout: NewestText;
  readonly #stderr: NewestText;
  #data: string;
  #level: number;
  #critical: string | undefined;
  #count: number;

  /** `from`: goes on where an earlier one stood. */
  constructor(from?: CollectorSnapshot) {
    this.#stdout = new NewestText(RESULT_STREAM_MESSAGES, RESULT_STREAM_BYTES, from?.stdout);
    this.#stderr = new NewestText(RESULT_STREAM_MESSAGES, RESULT_STREAM_BYTES, from?.stderr);
    this.#data = from?.data ?? '';
    this.#level = from?.level ?? 0;
    this.#critical = from?.critical;
    this.#count = from?.count ?? 0;
  }

  /** Messages added. */
  get count(): number {
    return this.#count;
  }

  add(message: ParsedMessage): void {
    const { level, text } = message;
    this.#count += 1;
    if (level === STDOUT_LEVEL) {
      this.#stdout.add(text, message.terminated);
    } else if (level === STDERR_LEVEL) {
      this.#stderr.add(text, message.terminated);
    } else if (level === CRITICAL_LEVEL) {
      if (message.continues !== true) this.#critical = kept(text);
    } else if (isResultLevel(level) && message.truncated !== true && message.continues !== true) {
      this.#data = kept(text);
      this.#level = level;
    }
  }

  /** Like {@link add} for each, without looking at those that newer ones would push out at once. */
  addAll(messages: readonly ParsedMessage[]): void {
    const stdoutFrom = newestFrom(messages, STDOUT_LEVEL);
    const stderrFrom = newestFrom(messages, STDERR_LEVEL);
    for (const [index, message] of messages.entries()) {
      const { level } = message;
      const isPushedOut = level === STDOUT_LEVEL ? index < stdoutFrom : level === STDERR_LEVEL && index < stderrFrom;
      if (isPushedOut) this.#count += 1;
      else this.add(message);
    }
  }

  snapshot(): CollectorSnapshot {
    return {
      stdout: this.#stdout.snapshot(),
      stderr: this.#stderr.snapshot(),
      data: this.#data,
      level: this.#level,
      ...(this.#critical === undefined ? {} : { critical: this.#critical }),
      count: this.#count,
    };
  }

  speech(): CollectedSpeech {
    return {
      data: this.#data,
      level: this.#level,
      streams: [this.#stdout.text(), this.#stderr.text()],
      critical: this.#critical,
    };
  }
}

/** Index of the first of the newest messages of a level that a result has room for. */
function newestFrom(messages: readonly ParsedMessage[], level: number): number {
  let room = RESULT_STREAM_MESSAGES;
  let index = messages.length;
  while (index > 0 && room > 0) {
    index -= 1;
    if (messages[index]?.level === level) room -= 1;
  }
  return index;
}

/** A copy within bounds; a slice would keep alive what it was cut from. */
function kept(text: string): string {
  return truncateText(Buffer.from(text, 'utf8').toString('utf8'), MAX_RESULT_TEXT_BYTES);
}

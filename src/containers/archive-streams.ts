import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { ArchivePart } from '../engine/container-access.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { TreeRead } from './container-maker.ts';

/** Streams that are read at once. Each holds files of a container open. */
const MOST_STREAMS = 16;
/** One that nobody reads for so long is closed, milliseconds. */
const LONGEST_REST_MS = 60_000;

const TOKEN_BYTES = 16;

interface Stream {
  readonly read: TreeRead;
  /** Where the next part begins. */
  offset: number;
  /** The part before it, or the one that is being read: who did not get it may ask again. */
  last: { readonly offset: number; readonly part: Promise<ArchivePart> } | undefined;
  isEnded: boolean;
  resting: Disposable;
}

/** Archives of what is in containers, each read part by part by whoever knows its number. */
export class ArchiveStreams implements AsyncDisposable {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #streams = new Map<string, Stream>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Begins one, and reads its first part. Errors: AgentError `too-many`; those of reading. */
  async begin(open: () => TreeRead): Promise<ArchivePart> {
    if (this.#streams.size >= MOST_STREAMS) {
      throw new AgentError('too-many', `Cannot read another archive: ${MOST_STREAMS} are being read; try again later`);
    }
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const stream: Stream = {
      read: open(),
      offset: 0,
      last: undefined,
      isEnded: false,
      resting: this.#rest(token),
    };
    this.#streams.set(token, stream);
    return await this.#next(token, stream, 0);
  }

  /** The part that begins at `offset`: the next one, or the last one again. Errors: AgentError `unknown-handle`, `bad-arguments`; those of reading. */
  async next(token: string, offset: number): Promise<ArchivePart> {
    const stream = this.#streams.get(token);
    if (stream === undefined) {
      throw new AgentError(
        'unknown-handle',
        'Cannot read the archive on: it was not read for a minute, failed, or never was one; begin again',
      );
    }
    if (stream.last?.offset === offset) return await stream.last.part;
    if (offset === stream.offset && !stream.isEnded) return await this.#next(token, stream, offset);
    throw new AgentError(
      'bad-arguments',
      `Cannot read the archive from ${offset}: its next part begins at ${stream.offset}, and only that and the one before can be had`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#streams.keys()].map((token) => this.#close(token)));
  }

  async #next(token: string, stream: Stream, offset: number): Promise<ArchivePart> {
    stream.resting[Symbol.dispose]();
    const part = this.#read(token, stream, offset);
    stream.last = { offset, part };
    try {
      const answer = await part;
      stream.resting = this.#rest(token);
      // What it held open is not needed for saying the last part again.
      if (answer.end) await stream.read[Symbol.asyncDispose]();
      return answer;
    } catch (error) {
      await this.#close(token);
      throw error;
    }
  }

  async #read(token: string, stream: Stream, offset: number): Promise<ArchivePart> {
    const data = await stream.read.next();
    stream.isEnded = data === undefined;
    stream.offset += data?.length ?? 0;
    return { stream: token, offset, data: data ?? Buffer.alloc(0), end: stream.isEnded };
  }

  #rest(token: string): Disposable {
    return this.#clock.after(LONGEST_REST_MS, () => void this.#close(token));
  }

  async #close(token: string): Promise<void> {
    const stream = this.#streams.get(token);
    this.#streams.delete(token);
    stream?.resting[Symbol.dispose]();
    await stream?.read[Symbol.asyncDispose]();
  }
}

import type { Socket } from 'node:net';

import { fault } from '../../base/fault.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import type { Launcher, RunKey, RunSnapshot } from '../launcher.ts';
import { type Frame, FrameError, FrameReader, keepBytes } from './frames.ts';
import { FrameWriter } from './frame-writer.ts';
import { NewsDesk } from './news-desk.ts';
import {
  ASK,
  type AgentHello,
  commonProtocol,
  KEEPER_PROTOCOL,
  type KeeperHello,
  LARGEST_READ,
  type OpenRequest,
  type ReadRequest,
  type SpawnRequest,
  TELL,
} from './protocol.ts';
import { readRequest, readSpec } from './requests.ts';
import type { KeptRun, RunTable } from './run-table.ts';
import { sliceParts } from './slice-codec.ts';

/** What a connection needs of the keeper it leads to. */
export interface ConnectionHost {
  readonly launcher: Launcher;
  readonly table: RunTable;
  hello(): KeeperHello;
  /** Makes this connection the only one that is listened to. Errors: AgentError when a newer agent came before. */
  own(connection: KeeperConnection, request: OpenRequest): void;
  /** Ends the keeper, which drops this connection, and is true; false when there is something to keep. */
  leave(): boolean;
  onClosed(connection: KeeperConnection): void;
  log(line: string): void;
}

/** Answers that were not taken yet, and reads under way, together; then requests wait. */
const FULL_BYTES = 8 * 1024 * 1024;

/** How many runs one frame of the list holds. */
const RUNS_PER_FRAME = 500;

/** One connection of an agent: carries its requests out and tells it what is new. What goes wrong with it ends it alone. */
export class KeeperConnection {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #reader = new FrameReader();
  readonly #writer: FrameWriter;
  readonly #news: NewsDesk;
  /** Requests that wait until answers were taken. */
  #backlog: Frame[] = [];
  #reading = 0;
  #hasGreeted = false;
  #isOwner = false;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#writer = new FrameWriter(socket);
    this.#news = new NewsDesk(host.table, host.launcher, this.#writer);
    socket.on('data', (chunk: Buffer) => {
      this.#guarded(() => {
        this.#reader.push(chunk, (frame) => {
          this.#receive(frame);
        });
      });
    });
    socket.on('drain', () => {
      this.#goOn();
      this.#news.resume();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#news.close();
      this.#backlog = [];
      host.onClosed(this);
    });
  }

  /** Whether its agent has this keeper. */
  get isOwner(): boolean {
    return this.#isOwner;
  }

  /** Bytes it was told and has not taken. */
  get waiting(): number {
    return this.#writer.waiting;
  }

  /** Ends it: another one took its place, or the keeper ends. */
  drop(): void {
    this.#isOwner = false;
    this.#news.close();
    this.#socket.destroy();
  }

  #receive(frame: Frame): void {
    if (this.#backlog.length === 0 && !this.#isFull) {
      this.#handle(frame);
      return;
    }
    this.#backlog.push({ ...frame, bytes: keepBytes(frame), isOwned: true });
    this.#socket.pause();
  }

  get #isFull(): boolean {
    return this.#writer.waiting + this.#reading >= FULL_BYTES;
  }

  #goOn(): void {
    if (this.#backlog.length === 0) return;
    this.#guarded(() => {
      while (!this.#isFull) {
        const frame = this.#backlog.shift();
        if (frame === undefined) break;
        this.#handle(frame);
      }
      if (this.#backlog.length === 0) this.#socket.resume();
    });
  }

  /** What can't be read ends the connection, since nothing after it can be trusted. */
  #guarded(work: () => void): void {
    if (this.#socket.destroyed) return;
    try {
      work();
    } catch (error) {
      this.#host.log(`A connection is closed: ${error instanceof Error ? error.message : String(error)}`);
      this.#socket.destroy();
    }
  }

  #handle(frame: Frame): void {
    if (!this.#hasGreeted && frame.kind !== ASK.hello) throw new FrameError('Cannot take a request before a hello');
    switch (frame.kind) {
      case ASK.hello:
        this.#greet(readRequest(frame, 'hello'));
        return;
      case ASK.leave:
        if (!this.#host.leave()) this.#answer(frame.id, null);
        return;
      case ASK.ping:
        this.#answer(frame.id, null);
        return;
      case ASK.open:
        this.#open(frame.id, readRequest(frame, 'open'));
        return;
      default:
        if (!this.#isOwner) throw new FrameError('Cannot take a request of an agent that does not own the keeper');
        this.#carryOut(frame);
    }
  }

  #greet(hello: AgentHello): void {
    this.#hasGreeted = true;
    this.#writer.send(TELL.hello, 0, JSON.stringify(this.#host.hello()));
    if (commonProtocol(KEEPER_PROTOCOL, hello) !== undefined) return;
    this.#host.log(`An agent of version ${hello.version} speaks another protocol: ${hello.protocol}`);
  }

  #open(id: number, request: OpenRequest): void {
    fault('keeper.open');
    try {
      this.#host.own(this, request);
    } catch (error) {
      this.#fail(id, error);
      return;
    }
    this.#isOwner = true;
    const runs: readonly RunSnapshot[] = this.#host.table.snapshots();
    for (let at = 0; at < runs.length; at += RUNS_PER_FRAME) {
      this.#writer.send(TELL.runs, id, JSON.stringify(runs.slice(at, at + RUNS_PER_FRAME)));
    }
    this.#answer(id, { epoch: this.#host.hello().epoch });
    this.#news.open();
  }

  #carryOut(frame: Frame): void {
    const { launcher, table } = this.#host;
    const { id } = frame;
    switch (frame.kind) {
      case ASK.spawn:
        this.#spawn(id, readRequest(frame, 'spawn'), frame);
        return;
      case ASK.stop: {
        const { key, reason, graceMs } = readRequest(frame, 'stop');
        this.#reply(id, launcher.stop(key, reason, graceMs));
        return;
      }
      case ASK.signal: {
        const { key, signal } = readRequest(frame, 'signal');
        this.#reply(id, launcher.signal(key, signal));
        return;
      }
      case ASK.resize: {
        const { key, columns, rows } = readRequest(frame, 'resize');
        this.#reply(id, launcher.resize(key, columns, rows));
        return;
      }
      case ASK.writeStdin: {
        const { key, offset } = readRequest(frame, 'stdin');
        this.#reply(id, this.#write(table.get(key), launcher.writeStdin(key, offset, keepBytes(frame))));
        return;
      }
      case ASK.closeStdin: {
        const { key, offset } = readRequest(frame, 'stdin');
        this.#reply(id, launcher.closeStdin(key, offset));
        return;
      }
      case ASK.read:
        void this.#read(id, readRequest(frame, 'read'));
        return;
      case ASK.forget:
        for (const key of readRequest(frame, 'forget').keys) this.#forget(key);
        return;
      default:
        throw new FrameError(`Cannot carry out a request of kind ${frame.kind}`);
    }
  }

  #spawn(id: number, request: SpawnRequest, frame: Frame): void {
    const { launcher, table } = this.#host;
    const { key } = request;
    const isNew = table.get(key) === undefined;
    const run = table.get(key) ?? table.add(key, request.spec.output.start);
    fault('keeper.spawn.before');
    launcher.spawn(key, readSpec(request, frame)).then(
      (answer) => {
        fault('keeper.spawn.after');
        // The answer goes first: news of a run are for those who know that it runs.
        this.#answer(id, answer);
        if (answer.type === 'started') table.begin(run, answer);
        else if (isNew) table.fail(run);
      },
      (error: unknown) => {
        this.#fail(id, error);
        if (isNew) table.fail(run);
      },
    );
  }

  async #write(run: KeptRun | undefined, taking: Promise<number>): Promise<number> {
    const offset = await taking;
    if (run !== undefined) run.stdinOffset = Math.max(run.stdinOffset, offset);
    return offset;
  }

  /** Never rejects. */
  async #read(id: number, { key, from, maxBytes }: ReadRequest): Promise<void> {
    const most = Math.min(Math.max(1, maxBytes), LARGEST_READ);
    this.#reading += most;
    try {
      const { items, next, ended, release } = await this.#host.launcher.read(key, from, most);
      this.#answer(id, { next, ended }, sliceParts(items), release);
    } catch (error) {
      this.#fail(id, error);
    } finally {
      this.#reading -= most;
      this.#goOn();
    }
  }

  #forget(key: RunKey): void {
    fault('keeper.forget');
    const { launcher, table } = this.#host;
    const run = table.get(key);
    launcher.forget(key);
    table.forget(key);
    if (run !== undefined && table.get(key) === undefined) this.#news.forget(run);
  }

  #reply(id: number, work: Promise<unknown>): void {
    work.then(
      (value) => {
        this.#answer(id, value ?? null);
      },
      (error: unknown) => {
        this.#fail(id, error);
      },
    );
  }

  #answer(id: number, value: unknown, bytes: readonly Uint8Array[] = [], onWritten?: () => void): void {
    this.#guarded(() => {
      this.#writer.send(TELL.answer, id, JSON.stringify(value), bytes, onWritten);
    });
  }

  #fail(id: number, error: unknown): void {
    const failure = isAgentError(error) ? error : new AgentError('internal', String(error));
    this.#guarded(() => {
      this.#writer.send(TELL.failed, id, JSON.stringify(failure));
    });
    if (failure.code === 'internal') this.#host.log(`A request failed: ${failure.message}`);
  }
}

import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { explained } from '../../protocol/file-error.ts';
import { readFully, writeFully } from '../../files/file-bytes.ts';
import { checkWritable, type FileWorld } from './file-settings.ts';
import { InTurn } from './in-turn.ts';
import { openRegular, parseOpenMode, type OpenMode } from './open-regular.ts';

/** How many handles of one connection are open. */
interface Count {
  open: number;
}

interface OpenFile {
  readonly file: FileHandle;
  readonly path: string;
  readonly mode: OpenMode;
  readonly count: Count | undefined;
  readonly turns: InTurn;
  usedAt: number;
  timer: Disposable;
}

/** Files that callers opened, by handle. One that is not used for a while is closed. */
export class OpenFiles {
  readonly #world: () => FileWorld;
  readonly #clock: Clock;
  readonly #files = new Map<string, OpenFile>();
  readonly #counts = new WeakMap<object, Count>();
  /** Being opened, and not in the table yet. */
  #opening = 0;

  constructor(world: () => FileWorld, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  get size(): number {
    return this.#files.size;
  }

  /** Opens a regular file. `connection` tells who the handle counts for. Errors: AgentError. */
  async open(path: string, modeText: string, permissions: number, connection?: object): Promise<string> {
    const mode = parseOpenMode(modeText);
    const action = `open "${path}"`;
    const world = this.#world();
    if (mode.letter !== 'r' || mode.isBoth) checkWritable(world, `${action} with mode "${modeText}"`);
    const count = this.#take(action, connection);
    this.#opening += 1;
    try {
      const file = await explained(action, () => openRegular(world, path, mode, permissions));
      return this.#keep(file, path, mode, count);
    } catch (error) {
      if (count !== undefined) count.open -= 1;
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  /** At most `size` bytes; none at the end. Without an offset it goes on where the last one ended. */
  async read(handle: string, size: number, offset?: number): Promise<Uint8Array> {
    const open = this.#use(handle);
    if (open.mode.letter !== 'r' && !open.mode.isBoth) throw wrongWay(open, 'read', 'written');
    const { disk } = this.#world();
    return await explained(`read "${open.path}"`, () =>
      open.turns.do(() => disk.do(() => readFully(open.file, size, offset))),
    );
  }

  async write(handle: string, bytes: Uint8Array, offset?: number): Promise<void> {
    const open = this.#use(handle);
    const { letter, isBoth } = open.mode;
    if (letter === 'r' && !isBoth) throw wrongWay(open, 'write', 'read');
    if (letter === 'a' && offset !== undefined) {
      throw new AgentError('bad-arguments', `Cannot write "${open.path}" at an offset: it was opened to append`);
    }
    const { disk } = this.#world();
    await explained(`write "${open.path}"`, () =>
      open.turns.do(() => disk.do(() => writeFully(open.file, bytes, offset))),
    );
  }

  /** Closes a handle after what was asked of it before. One that is not known is closed already. */
  async close(handle: string): Promise<void> {
    const open = this.#files.get(handle);
    if (open === undefined) return;
    this.#files.delete(handle);
    open.timer[Symbol.dispose]();
    if (open.count !== undefined) open.count.open -= 1;
    await explained(`close "${open.path}"`, () => open.turns.do(() => open.file.close()));
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#files.keys()].map((handle) => this.close(handle)));
  }

  #take(action: string, connection: object | undefined): Count | undefined {
    const { handles, handlesPerConnection } = this.#world().settings;
    if (this.#files.size + this.#opening >= handles) {
      throw new AgentError(
        'too-many',
        `Cannot ${action}: the agent has ${handles} open files; close some, or wait until they expire`,
      );
    }
    if (connection === undefined) return undefined;
    const count = this.#counts.get(connection) ?? { open: 0 };
    this.#counts.set(connection, count);
    if (count.open >= handlesPerConnection) {
      throw new AgentError(
        'too-many',
        `Cannot ${action}: this connection has ${handlesPerConnection} open files; close some`,
      );
    }
    count.open += 1;
    return count;
  }

  #keep(file: FileHandle, path: string, mode: OpenMode, count: Count | undefined): string {
    const handle = randomUUID();
    const { idleMs } = this.#world().settings;
    const usedAt = this.#clock.monotonic();
    const timer = this.#clock.after(idleMs, () => this.#expire(handle));
    this.#files.set(handle, { file, path, mode, count, turns: new InTurn(), usedAt, timer });
    return handle;
  }

  /** Closes a handle that was idle; looks again later at one that was not. */
  #expire(handle: string): void {
    const open = this.#files.get(handle);
    if (open === undefined) return;
    const { idleMs } = this.#world().settings;
    const left = open.turns.isIdle ? open.usedAt + idleMs - this.#clock.monotonic() : idleMs;
    if (left <= 0) void this.close(handle).catch(() => undefined);
    else open.timer = this.#clock.after(left, () => this.#expire(handle));
  }

  #use(handle: string): OpenFile {
    const open = this.#files.get(handle);
    if (open === undefined) {
      const seconds = this.#world().settings.idleMs / 1000;
      throw new AgentError(
        'unknown-handle',
        `Cannot find the open file "${handle}": it was closed, was not used for ${seconds} s, or the agent was started anew`,
      );
    }
    open.usedAt = this.#clock.monotonic();
    return open;
  }
}

function wrongWay({ path, mode }: OpenFile, wanted: string, allowed: string): AgentError {
  return new AgentError(
    'bad-arguments',
    `Cannot ${wanted} "${path}": it was opened with "${mode.letter}", to be ${allowed}; "${mode.letter}+" allows both`,
  );
}

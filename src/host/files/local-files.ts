import process from 'node:process';
import type { Clock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { Disk } from './disk.ts';
import { FileTree } from './file-tree.ts';
import type { FileSettings, FileWorld } from './file-settings.ts';
import { OpenFiles } from './open-files.ts';
import { Roots } from './roots.ts';
import { Transfers } from './transfers.ts';

/** Files that are open on a dead disk can't be closed; who ends waits no longer for it, milliseconds. */
const CLOSING_MS = 2000;

/** The files of this machine, as far as callers may use them. */
export class LocalFiles implements AsyncDisposable {
  readonly handles: OpenFiles;
  readonly tree: FileTree;
  readonly transfers: Transfers;
  readonly #clock: Clock;
  readonly #disk: Disk;
  #world: FileWorld;

  constructor(settings: FileSettings, clock: Clock) {
    this.#clock = clock;
    this.#disk = new Disk(clock);
    this.#world = this.#worldOf(settings);
    const world = (): FileWorld => this.#usable();
    this.handles = new OpenFiles(world, clock);
    this.tree = new FileTree(world);
    this.transfers = new Transfers(world, clock);
  }

  /** Takes other settings. When callers are confined otherwise, what they have open is closed. */
  async configure(settings: FileSettings): Promise<void> {
    const before = this.#world.settings;
    this.#world = this.#worldOf(settings);
    const isSame = before.isReadOnly === settings.isReadOnly && before.roots.join('\0') === settings.roots.join('\0');
    if (!isSame) await this.#closeAll();
  }

  /** Closes all that is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    const closing = Promise.all([this.handles.closeAll(), this.transfers.closeAll()]);
    await inTime(this.#clock, CLOSING_MS, closing, undefined);
  }

  #worldOf(settings: FileSettings): FileWorld {
    return { disk: this.#disk, roots: new Roots(this.#disk, settings.roots), settings };
  }

  /** What holds files by their descriptors is there on Linux alone. */
  #usable(): FileWorld {
    if (process.platform === 'linux') return this.#world;
    throw new AgentError('not-able', `Cannot use files: that needs Linux, and this is ${process.platform}`);
  }
}

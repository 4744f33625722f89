import { mkdtempSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import type {
  ExitRecord,
  Launcher,
  LauncherEvent,
  RunKey,
  SpawnFailure,
  SpawnSpec,
  Started,
} from '../../../src/host/launcher.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { type TempDir, tempDir } from '../../harness/temp-dir.ts';
import { within } from '../../harness/within.ts';
import { runKey } from '../../harness/run-key.ts';

/** A launcher to be tested, not open yet. */
export interface MadeLauncher {
  readonly launcher: Launcher;
  /** The process that owns the children and holds their output. @default this one */
  readonly ownerPid?: () => number;
  /** Files that whoever started this process left open are open in children, too: nothing can be done about it here. */
  readonly passesFilesOn?: boolean;
  /** Ends what `launcher.close()` leaves alive on purpose. */
  readonly dispose?: () => Promise<void>;
}

/** Makes a launcher; `directory` is empty and its own. */
export type MakeLauncher = (directory: string) => MadeLauncher | Promise<MadeLauncher>;

/** What a spec leaves out is filled in: a shell script's environment, directories, bounds. */
export type SpecParts = Partial<Omit<SpawnSpec, 'output'>> & { readonly output?: Partial<SpawnSpec['output']> };

/** How long anything that should happen may take on a busy machine. */
const PATIENCE_MS = 15_000;

/** One launcher, opened for all tests of a contract, and what it told. */
export class Stage {
  readonly #make: MakeLauncher;
  #directory: TempDir | undefined;
  #made: MadeLauncher | undefined;
  #jobs = 0;
  readonly #keys = new Set<RunKey>();
  #events: LauncherEvent[] = [];
  #watchers = new Set<() => void>();
  #epoch = '';
  #listening = Promise.resolve();

  constructor(make: MakeLauncher) {
    this.#make = make;
  }

  get launcher(): Launcher {
    if (this.#made === undefined) throw new Error('Cannot use the stage before it is set');
    return this.#made.launcher;
  }

  /** Resolves when the launcher's events have ended. */
  get eventsEnded(): Promise<void> {
    return within(PATIENCE_MS, 'the events have ended', this.#listening);
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** The process that owns the children. */
  get ownerPid(): number {
    return this.#made?.ownerPid?.() ?? process.pid;
  }

  get passesFilesOn(): boolean {
    return this.#made?.passesFilesOn === true;
  }

  /** What was told about a run so far. */
  eventsOf(key: RunKey): LauncherEvent[] {
    return this.#events.filter((event) => 'key' in event && event.key === key);
  }

  async open(): Promise<void> {
    this.#directory = tempDir();
    this.#made = await this.#make(this.#directory.at('launcher'));
    const { epoch } = await this.launcher.open(1);
    this.#epoch = epoch;
    this.#listening = this.#listen();
  }

  async close(): Promise<void> {
    for (const key of this.#keys) {
      await this.launcher.stop(key, 'shutdown', 0);
      this.launcher.forget(key);
    }
    await this.launcher.close();
    await this.#made?.dispose?.();
    await this.#directory?.[Symbol.asyncDispose]();
  }

  /** Kills a group that a test kept alive. */
  end(group: number): void {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }

  /** A fresh folder. */
  folder(): string {
    return mkdtempSync(path.join(this.#directory?.path ?? '', 'f-'));
  }

  /** A key no run had. */
  newKey(): RunKey {
    this.#jobs += 1;
    return runKey(`job${String(this.#jobs)}`);
  }

  spec(parts: SpecParts): SpawnSpec {
    return {
      program: '/bin/sh',
      args: [],
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: '/',
      stdin: { type: 'none' },
      keep: false,
      drainMs: 300,
      ...parts,
      output: {
        directory: this.folder(),
        start: 0,
        keepBytes: 64 * 1024 ** 2,
        memoryBytes: 64 * 1024,
        ...parts.output,
      },
    };
  }

  async spawn(parts: SpecParts, key = this.newKey()): Promise<Started | SpawnFailure> {
    this.#keys.add(key);
    return await within(PATIENCE_MS, `${key} is started`, this.launcher.spawn(key, this.spec(parts)));
  }

  /** Starts a shell script, which must work. */
  async script(text: string, parts: SpecParts = {}): Promise<RunOnStage> {
    return await this.start({ args: ['-c', text], ...parts });
  }

  /** Starts a program, which must work. */
  async start(parts: SpecParts, key = this.newKey()): Promise<RunOnStage> {
    const answer = await this.spawn(parts, key);
    if (answer.type === 'failed') throw new Error(answer.message);
    return new RunOnStage(this, key, answer.pid, parts.output?.start ?? 0);
  }

  /** Waits for something told about a run. */
  async told<Told>(what: string, key: RunKey, find: (events: LauncherEvent[]) => Told | undefined): Promise<Told> {
    const told = Promise.withResolvers<Told>();
    const look = (): void => {
      const found = find(this.eventsOf(key));
      if (found !== undefined) told.resolve(found);
    };
    this.#watchers.add(look);
    look();
    try {
      return await within(PATIENCE_MS, what, told.promise);
    } finally {
      this.#watchers.delete(look);
    }
  }

  async #listen(): Promise<void> {
    for await (const event of this.launcher.events()) {
      this.#events.push(event);
      for (const look of this.#watchers) look();
    }
  }
}

/** A run that was started. */
export class RunOnStage {
  readonly key: RunKey;
  readonly pid: number;
  readonly #stage: Stage;
  readonly #start: number;

  constructor(stage: Stage, key: RunKey, pid: number, start: number) {
    this.#stage = stage;
    this.key = key;
    this.pid = pid;
    this.#start = start;
  }

  get launcher(): Launcher {
    return this.#stage.launcher;
  }

  exited(): Promise<ExitRecord> {
    return this.#stage.told(`${this.key} has ended`, this.key, (events) => {
      const exit = events.find((event) => event.type === 'exited');
      return exit?.type === 'exited' ? exit.record : undefined;
    });
  }

  /** Stops it and waits for its end. */
  async stopped(graceMs: number): Promise<ExitRecord> {
    await this.launcher.stop(this.key, 'killed', graceMs);
    return await this.exited();
  }

  /** Everything it writes, from `from` to its end. */
  async output(from = this.#start, maxBytes = 256 * 1024): Promise<Output> {
    const items: OutputItem[] = [];
    for (let next = from; ;) {
      const slice = await this.launcher.read(this.key, next, maxBytes);
      items.push(...slice.items);
      if (slice.ended) return outputOf(items);
      if (slice.next === next) await this.#grewBeyond(next);
      next = slice.next;
    }
  }

  /** What it wrote, as soon as that contains `text`. */
  async saying(text: string): Promise<string> {
    for (;;) {
      const { items, next } = await this.launcher.read(this.key, this.#start, 1024 * 1024);
      const said = outputOf(items).text;
      if (said.includes(text)) return said;
      await this.#grewBeyond(next);
    }
  }

  async #grewBeyond(position: number): Promise<void> {
    await this.#stage.told(`${this.key} wrote more than ${String(position)} bytes`, this.key, (events) =>
      events.some((event) => event.type === 'exited' || (event.type === 'grew' && event.end > position))
        ? true
        : undefined,
    );
  }
}

export interface Output {
  readonly items: readonly OutputItem[];
  /** All bytes, of all streams, in order. */
  readonly bytes: Buffer;
  readonly text: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly runs: readonly number[];
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

/** The same items, sorted for looking at. */
function outputOf(items: readonly OutputItem[]): Output {
  const pieces = items.filter((item) => item.type === 'bytes');
  const textOf = (stream: string): string =>
    Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ bytes }) => bytes)).toString();
  const bytes = Buffer.concat(pieces.map((piece) => piece.bytes));
  return {
    items,
    bytes,
    text: bytes.toString(),
    stdout: textOf('stdout'),
    stderr: textOf('stderr'),
    runs: items.filter((item) => item.type === 'run').map(({ run }) => run),
    gaps: items.filter((item) => item.type === 'gap').map(({ from, to }) => ({ from, to })),
  };
}

/** A stage that is set before and cleared after the tests of the surrounding `describe`. */
export function useStage(make: MakeLauncher): Stage {
  const stage = new Stage(make);
  beforeAll(() => stage.open());
  afterAll(() => stage.close());
  return stage;
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';

import { systemClock } from '../../../src/base/clock.ts';
import { KeeperLauncher, type KeeperLauncherOptions } from '../../../src/host/keeper-client/keeper-launcher.ts';
import type { ExitRecord, LauncherEvent, RunKey, RunSnapshot, SpawnSpec } from '../../../src/host/launcher.ts';
import { childrenOf, commandLineOf, descendantsOf, isAlive } from '../../harness/processes.ts';
import { type TempDir, tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

/** A launcher whose keeper lives in a directory, which must exist; the keeper is a process of its own. */
export function keeperLauncher(directory: string, options: Partial<KeeperLauncherOptions> = {}): KeeperLauncher {
  return new KeeperLauncher({
    dataDir: directory,
    socket: `${directory}/k.sock`,
    version: '1.0.0',
    idleMs: 10_000,
    environment: process.env,
    clock: systemClock,
    ...options,
  });
}

/** Ends a keeper with all it keeps, and waits until it is gone. */
export async function endKeeper(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  for (const each of [pid, ...descendantsOf(pid)]) if (isAlive(each)) process.kill(each, 'SIGKILL');
  await until('the keeper is gone', () => !isAlive(pid));
}

/** An agent's side of a keeper, and what it was told. */
export class Agent {
  readonly launcher: KeeperLauncher;
  readonly events: LauncherEvent[] = [];
  readonly troubles: (string | undefined)[] = [];
  epoch = '';
  runs: readonly RunSnapshot[] = [];

  constructor(directory: string, options: Partial<KeeperLauncherOptions> = {}) {
    this.launcher = keeperLauncher(directory, { onTrouble: (why) => this.troubles.push(why), ...options });
  }

  async open(generation: number): Promise<this> {
    ({ epoch: this.epoch, runs: this.runs } = await this.launcher.open(generation));
    void this.#listen();
    return this;
  }

  of<Type extends LauncherEvent['type']>(type: Type): Extract<LauncherEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<LauncherEvent, { type: Type }> => event.type === type);
  }

  async exited(key: RunKey): Promise<ExitRecord> {
    const record = await until(`${key} has ended`, () => this.of('exited').find((event) => event.key === key)?.record);
    return record;
  }

  /** All output of a run, once it has ended. */
  async output(key: RunKey): Promise<string> {
    await this.exited(key);
    const parts: Uint8Array[] = [];
    for (let from = 0; ;) {
      const { items, next, ended } = await this.launcher.read(key, from, 256 * 1024);
      for (const item of items) if (item.type === 'bytes') parts.push(item.bytes);
      if (ended) return Buffer.concat(parts).toString();
      from = next;
    }
  }

  async #listen(): Promise<void> {
    for await (const event of this.launcher.events()) this.events.push(event);
  }
}

/** A data directory with its keeper and the agents that come to it. All of them are gone when it is disposed. */
export class KeeperStage implements AsyncDisposable {
  readonly #temporary: TempDir = tempDir();
  readonly directory: string;
  readonly #agents: Agent[] = [];
  readonly #keepers = new Set<number>();

  constructor() {
    this.directory = this.#temporary.at('data');
    mkdirSync(this.directory);
  }

  at(...names: string[]): string {
    return this.#temporary.at(...names);
  }

  /** An agent that is not open yet. */
  agent(options: Partial<KeeperLauncherOptions> = {}): Agent {
    const agent = new Agent(this.directory, options);
    this.#agents.push(agent);
    return agent;
  }

  async open(generation: number, options: Partial<KeeperLauncherOptions> = {}): Promise<Agent> {
    const agent = await this.agent(options).open(generation);
    this.#keepers.add(agent.launcher.ownerPid ?? 0);
    return agent;
  }

  /** The keeper as its file says. */
  get keeperPid(): number | undefined {
    const file = `${this.directory}/keeper.pid`;
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  get log(): string {
    return readFileSync(`${this.directory}/keeper.log`, 'utf8');
  }

  spec(script: string, parts: Partial<SpawnSpec> = {}): SpawnSpec {
    return {
      program: '/bin/sh',
      args: ['-c', script],
      env: { PATH: process.env['PATH'] ?? '', STAGE: this.directory },
      cwd: '/',
      stdin: { type: 'none' },
      keep: false,
      drainMs: 300,
      output: { directory: this.at('output'), start: 0, keepBytes: 64 * 1024 ** 2, memoryBytes: 64 * 1024 },
      ...parts,
    };
  }

  /** Ends every keeper of the directory, also one that only begins and was not come to yet. */
  async endKeepers(): Promise<void> {
    const begun = childrenOf(process.pid).filter((pid) => commandLineOf(pid).includes(this.directory));
    for (const pid of new Set([...this.#keepers, this.keeperPid, ...begun])) await endKeeper(pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { launcher } of this.#agents) {
      if (launcher.ownerPid !== undefined) this.#keepers.add(launcher.ownerPid);
      await launcher.close();
    }
    await this.endKeepers();
    await this.#temporary[Symbol.asyncDispose]();
  }
}

import { writeFileSync } from 'node:fs';

import { type Clock, systemClock } from '../../base/clock.ts';
import type { Measurement } from '../../protocol/run.ts';
import type { Confined, Confiner } from '../confine/confiner.ts';
import { type RunKey, RUN_MARKER, type SpawnFailure, type SpawnSpec } from '../launcher.ts';
import type { Child } from '../run/child.ts';
import { LocalLauncher } from '../run/local-launcher.ts';
import { resolveProgram } from '../resolve-program.ts';
import { refuseArguments, type SpawnArguments } from '../spawn-arguments.ts';
import { explainSpawnError } from '../spawn-error.ts';
import { makeChildFiles } from './child-files.ts';
import { ChildTable } from './child-table.ts';
import { correctFileLimit } from './file-room.ts';
import { becomeSubreaper, hasOrphans, spawnProcess } from './libc.ts';
import { LibcChild } from './libc-child.ts';
import { makePrefixReport, type PrefixReport } from './prefix-report.ts';
import { SpawnGate } from './spawn-gate.ts';

export interface LibcLauncherOptions {
  readonly confiner: Confiner;
  /** Every child of this process, if there are others than those of runs. @default one of its own */
  readonly table?: ChildTable;
  /** Whether orphans come to this process that are no run's. @default false */
  readonly hasOtherOrphans?: boolean;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** When memory is short the system should end a job rather than the keeper or the agent. */
const OOM_SCORE = 200;

/**
 * Runs processes as children of this process by libc's own means, which block nothing and see everything: for a process
 * that does nothing else. Nothing in it may wait for children in another way, or ends are lost: Node's `child_process`
 * is not to be loaded beside it.
 */
export class LibcLauncher extends LocalLauncher {
  readonly #confiner: Confiner;
  readonly #table: ChildTable;
  readonly #gate = new SpawnGate();

  constructor({
    confiner,
    table = new ChildTable(),
    hasOtherOrphans = false,
    clock = systemClock,
  }: LibcLauncherOptions) {
    const reapsOrphans = becomeSubreaper();
    const own = { survives: true, reapsOrphans, pty: true, stdoutIsPipe: true, redaction: true };
    const abilities = { ...confiner.abilities, ...own };
    super({ clock, abilities, hasOrphans, hasOtherOrphans, isMain: (pid) => table.isPinned(pid) });
    this.#table = table;
    this.#confiner = confiner;
  }

  /** Processes are measured from outside, by pid. */
  measure(_key: RunKey): Promise<Measurement | undefined> {
    return Promise.resolve(undefined);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#table.close();
    await this.#confiner.close();
  }

  protected async startChild(
    key: RunKey,
    spec: SpawnSpec,
    stopAsked: () => Promise<undefined>,
  ): Promise<Child | SpawnFailure> {
    const { program, args, cwd } = spec;
    const request = { name: program, args, env: { ...spec.env, [RUN_MARKER]: key }, cwd };
    const refused = refuseArguments(request);
    if (refused !== undefined) return refused;
    const confined = await this.#confiner.confine(key, spec, request.env);
    if (confined === undefined) return await this.#startProgram(spec, request);
    return 'type' in confined ? confined : await this.#startConfined(spec, request, confined, stopAsked);
  }

  async #startConfined(
    spec: SpawnSpec,
    request: SpawnArguments,
    confined: Confined,
    stopAsked: () => Promise<undefined>,
  ): Promise<Child | SpawnFailure> {
    const report = makePrefixReport();
    const child =
      typeof report === 'string'
        ? await explainSpawnError(report, request)
        : await this.#startProgram(spec, request, { ...confined, report });
    if ('type' in child) {
      if (typeof report !== 'string') report.close();
      await confined.cgroup?.remove();
      return child;
    }
    // The chain may hang, on a dead disk perhaps. Stopping it is stopping the run: it has the run's pid, group and streams.
    const answer = typeof report === 'string' ? 'ok' : await Promise.race([report.read(), stopAsked()]);
    if (answer === 'ok' || answer === undefined) return child;
    await child.discard();
    await confined.cgroup?.remove();
    // The chain can tell less of a program that can't be executed than a look at it.
    const resolved = answer.failure === 'not-executable' ? await resolveProgram(request) : answer;
    return resolved.type === 'failed' ? resolved : answer;
  }

  /** Starts a program, or what confines it and then becomes it. */
  async #startProgram(
    spec: SpawnSpec,
    request: SpawnArguments,
    confined?: Confined & { readonly report: PrefixReport },
  ): Promise<LibcChild | SpawnFailure> {
    const { program, args, env } = confined ?? { ...spec, env: request.env };
    using _place = await this.#gate.enter();
    const files = makeChildFiles(spec);
    if (typeof files === 'string') return await explainSpawnError(files, request);
    using _expected = this.#table.expect();
    const pid = await spawnProcess({
      program,
      argv: [program, ...args],
      environment: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: spec.cwd,
      files: confined === undefined ? files.theirs : [...files.theirs, confined.report.theirs],
    });
    files.closeTheirs();
    if (typeof pid === 'string') {
      files.closeOurs();
      return await explainSpawnError(pid, request);
    }
    // A limit that was asked for is set by the chain.
    if (spec.limits?.nofile === undefined) correctFileLimit(pid);
    preferToEnd(pid);
    const child = new LibcChild(pid, 'started', files.open(), this.#table, confined?.cgroup);
    if (spec.mainPid !== undefined) child.expectHeir();
    return child;
  }
}

/** Nothing of the file system is touched by this, so it doesn't block. */
function preferToEnd(pid: number): void {
  try {
    writeFileSync(`/proc/${String(pid)}/oom_score_adj`, String(OOM_SCORE));
  } catch {
    // It has ended already, or the system keeps no score.
  }
}

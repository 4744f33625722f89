import { type Clock, systemClock } from '../../base/clock.ts';
import type { Measurement } from '../../protocol/run.ts';
import type { RunKey, RunSnapshot, SpawnFailure, SpawnSpec } from '../launcher.ts';
import { ProcessMeter } from '../meter/process-meter.ts';
import type { Child } from '../run/child.ts';
import { LocalLauncher } from '../run/local-launcher.ts';
import { loadExeca, startChild } from './child.ts';

/** Runs processes as children of this very process: they do not outlive it. For embedding, tests, and where nothing better works. */
export class InProcessLauncher extends LocalLauncher {
  readonly #meter: ProcessMeter;
  #isOpen = false;

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    super({
      clock,
      abilities: {
        survives: false,
        reapsOrphans: false,
        pty: false,
        cgroup: false,
        user: process.geteuid?.() === 0,
        limits: false,
        stdoutIsPipe: false,
        redaction: true,
        unprivileged: false,
      },
      hasOrphans: () => false,
      isMain: () => false,
    });
    this.#meter = new ProcessMeter(clock);
  }

  override async open(generation: number): Promise<{ readonly epoch: string; readonly runs: readonly RunSnapshot[] }> {
    if (this.#isOpen) throw new Error('Cannot open a launcher twice');
    this.#isOpen = true;
    // Later there may be too few files for it.
    await loadExeca();
    return await super.open(generation);
  }

  async measure(key: RunKey): Promise<Measurement | undefined> {
    const pid = this.livePid(key);
    return pid === undefined ? undefined : await this.#meter.measure(pid);
  }

  protected startChild(key: RunKey, spec: SpawnSpec): Promise<Child | SpawnFailure> {
    return startChild(key, spec);
  }
}

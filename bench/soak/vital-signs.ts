import { openFilesOf } from '../../test/harness/processes.ts';
import { resident } from '../agent/memory.ts';
import type { Findings } from '../fuzz/findings.ts';
import type { SoakAgent } from './soak-agent.ts';
import { uptimeMs } from './uptime.ts';

/** What one process took at a time. */
interface Sample {
  readonly at: number;
  readonly rss: number;
  readonly files: number;
}

/** Memory and files of one agent or keeper over its life. */
interface Life {
  readonly role: 'agent' | 'keeper';
  readonly samples: Sample[];
}

const SAMPLE_MS = 1000;
const MIB = 1024 * 1024;

/** The first of its life warms a process up: code is compiled, buffers are made. */
const WARM_UP_MS = 30_000;
/** A slope of less time says nothing. */
const LEAST_MS = 60_000;
/** What the slope may come to over ten minutes. */
const MOST_GROWTH_BYTES = 60 * MIB;
const MOST_MORE_FILES = 20;
const TEN_MINUTES_MS = 600_000;

/** Watches memory and open files of agent and keeper. */
export class VitalSigns implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #lives = new Map<number, Life>();

  constructor(agent: SoakAgent) {
    this.#timer = setInterval(() => {
      this.#sample(agent.pid, 'agent');
      this.#sample(agent.keeperPid ?? 0, 'keeper');
    }, SAMPLE_MS);
  }

  /** The most that was ever seen. */
  most(role: Life['role'], what: 'rss' | 'files'): number {
    const lives = [...this.#lives.values()].filter((life) => life.role === role);
    return Math.max(0, ...lives.flatMap(({ samples }) => samples.map((sample) => sample[what])));
  }

  /** Finds those that lived long and grew all the time. The load was the same all the time. */
  judge(findings: Findings): void {
    for (const { role, samples } of this.#lives.values()) {
      const first = samples[0]?.at ?? 0;
      const warm = samples.filter(({ at }) => at - first > WARM_UP_MS);
      if ((warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0) < LEAST_MS) continue;
      const growth = slopeOf(warm, 'rss') * TEN_MINUTES_MS;
      if (growth > MOST_GROWTH_BYTES)
        findings.add(`The memory of the ${role} grows`, `by ${Math.round(growth / MIB)} MiB in ten minutes`);
      const files = slopeOf(warm, 'files') * TEN_MINUTES_MS;
      if (files > MOST_MORE_FILES)
        findings.add(`The open files of the ${role} grow`, `by ${Math.round(files)} in ten minutes`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(pid: number, role: Life['role']): void {
    if (pid === 0) return;
    const life = this.#lives.get(pid) ?? { role, samples: [] };
    this.#lives.set(pid, life);
    try {
      const rss = resident([pid]).now;
      // One that has just ended has files and memory no more.
      if (Number.isFinite(rss)) life.samples.push({ at: uptimeMs(), rss, files: openFilesOf(pid).size });
    } catch {
      // It is gone.
    }
  }
}

/** Per millisecond, by least squares. */
export function slopeOf(samples: readonly Sample[], what: 'rss' | 'files'): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, samples.length);
  const at = mean((sample) => sample.at);
  const value = mean((sample) => sample[what]);
  const over = mean((sample) => (sample.at - at) * (sample[what] - value));
  const under = mean((sample) => (sample.at - at) ** 2);
  return under === 0 ? 0 : over / under;
}

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
/** Growth in less time says nothing. */
const LEAST_MS = 150_000;
/** What a process must live for to be judged. */
export const LEAST_CALM_MS = WARM_UP_MS + LEAST_MS + 5000;
/** What may be more after that time than before. V8 lets memory lie until it is worth collecting. */
const MOST_GROWTH_BYTES = { agent: 48 * MIB, keeper: 24 * MIB };
const MOST_MORE_FILES = 5;

/** Watches memory and open files of agent and keeper. */
export class VitalSigns implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #lives = new Map<number, Life>();
  /** What was found by {@link judge}. */
  readonly growth: string[] = [];

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
      const lasted = (warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0);
      if (lasted < LEAST_MS) continue;
      const memory = growthOf(warm, 'rss');
      const files = growthOf(warm, 'files');
      const seconds = Math.round(lasted / 1000);
      const line = `${role} ${Math.round(memory / MIB)} MiB, ${files} files in ${seconds} s`;
      this.growth.push(line);
      if (memory > MOST_GROWTH_BYTES[role]) findings.add(`The memory of the ${role} grows`, line);
      if (files > MOST_MORE_FILES) findings.add(`The open files of the ${role} grow`, line);
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

/** How much the least of the last third is above the least of the first: what goes up and down is not growth. */
export function growthOf(samples: readonly Sample[], what: 'rss' | 'files'): number {
  const third = Math.ceil(samples.length / 3);
  const least = (some: readonly Sample[]): number => Math.min(...some.map((sample) => sample[what]));
  return samples.length === 0 ? 0 : least(samples.slice(-third)) - least(samples.slice(0, third));
}

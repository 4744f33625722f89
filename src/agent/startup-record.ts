/** What the next agent must know of the startup: a file in the data directory. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { parseJson } from '../base/json.ts';
import { bootId } from '../host/keeper/keeper-file.ts';
import { readProcess } from '../host/procfs.ts';
import type { StartupPast } from '../startup/entry-life.ts';
import type { StartupMemory } from '../startup/startup-ports.ts';
import { dataPaths, DATA_ENTRIES } from './data-dir.ts';

interface Recorded {
  /** Names the life of the machine, or of the container: what ran in another is gone. */
  readonly life: string;
  /** Wall clock, milliseconds. */
  readonly since: number;
  readonly ids: readonly string[];
}

export interface StartupRecordOptions {
  readonly clock: Clock;
  /** Whether jobs outlive the agent. Where they don't every agent begins anew. */
  readonly survives: boolean;
}

export class StartupRecord implements StartupMemory {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #life: string;
  #since = 0;

  constructor(dataDir: string, { clock, survives }: StartupRecordOptions) {
    this.#file = dataPaths(dataDir).startup;
    this.#clock = clock;
    this.#life = survives ? nameOfLife() : randomUUID();
  }

  async recall(): Promise<StartupPast & { readonly ids: readonly string[] }> {
    const recorded = await this.#read();
    const isNew = recorded?.life !== this.#life;
    this.#since = isNew ? this.#clock.now() : recorded.since;
    return { isNew, since: this.#since, ids: recorded?.ids ?? [] };
  }

  async keep(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return this.forget();
    const recorded: Recorded = { life: this.#life, since: this.#since, ids };
    const fresh = `${this.#file}.new`;
    await writeFile(fresh, `${JSON.stringify(recorded)}\n`, { mode: DATA_ENTRIES.startup.mode });
    await rename(fresh, this.#file);
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** A file that is damaged is as good as none. */
  async #read(): Promise<Recorded | undefined> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const parsed = parseJson(text);
    if (!parsed.ok) return undefined;
    const { life, since, ids } = (parsed.value ?? {}) as Partial<Recorded>;
    if (typeof life !== 'string' || typeof since !== 'number' || !Array.isArray(ids)) return undefined;
    return { life, since, ids: ids.filter((id) => typeof id === 'string') };
  }
}

/** A machine's boot; in a container its first process, which is another after each start of it. */
function nameOfLife(): string {
  const boot = bootId();
  const first = readProcess(1)?.startTime;
  return boot === '' && first === undefined ? randomUUID() : `${boot}/${String(first)}`;
}

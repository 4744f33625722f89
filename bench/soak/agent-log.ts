import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Findings } from '../fuzz/findings.ts';

/** The line for people that says that commands are taken. */
const READY = /^corex: agent ".*" takes commands at /;

const LAST_LINES = 20;

/** What agents said of what they found when they started. */
export interface Recovered {
  adopted: number;
  respawned: number;
  lost: number;
  discarded: number;
}

/** Reads the logs of the agents of one soak. */
export class AgentLog {
  readonly #findings: Findings;
  readonly #last: string[] = [];
  #isReady = false;
  #count = 0;
  /** How often each warning and each error was said. */
  readonly troubles = new Map<string, number>();
  readonly recovered: Recovered = { adopted: 0, respawned: 0, lost: 0, discarded: 0 };

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** The newest lines. */
  get last(): readonly string[] {
    return this.#last;
  }

  /** The agent followed last takes commands. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Reads the log of a fresh agent from here on. */
  follow(stderr: Readable): void {
    this.#isReady = false;
    this.#count += 1;
    const number = this.#count;
    createInterface({ input: stderr }).on('line', (line) => this.#read(line, number));
  }

  #read(line: string, number: number): void {
    this.#last.push(line.slice(0, 1000));
    if (this.#last.length > LAST_LINES) this.#last.shift();
    if (READY.test(line)) {
      this.#isReady ||= number === this.#count;
      return;
    }
    const entry = parse(line);
    // A line that was being written when the agent was killed is cut off.
    if (entry === undefined) {
      if (!line.startsWith('{')) this.#findings.add('Something on standard error that is no line of the log', line);
      return;
    }
    if (/uncaught|unhandled/i.test(line)) this.#findings.add('An exception nobody caught', line, this.#last);
    if (entry.level === 'warn' || entry.level === 'error') {
      const title = `${entry.level}: ${entry.msg}`;
      this.troubles.set(title, (this.troubles.get(title) ?? 0) + 1);
    }
    for (const [what, count] of Object.entries(entry.recovered ?? {}))
      if (what in this.recovered) this.recovered[what as keyof Recovered] += count;
  }
}

interface Entry {
  readonly level: string;
  readonly msg: string;
  readonly recovered?: Readonly<Record<string, number>>;
}

function parse(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

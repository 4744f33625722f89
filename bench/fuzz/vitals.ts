import type { AgentUnderTest } from './agent-under-test.ts';
import type { Findings } from './findings.ts';

const MIB = 1024 * 1024;
const SAMPLE_MS = 250;

/** A fresh agent, by its own promise. */
const FRESH_BYTES = 170 * MIB;
/** Each of its two threads may fill its heap before V8 collects; the ceiling is the one it is started with. */
const HEAP_MIB = 192;
const THREADS = 2;
/** Output of all runs in memory: src/host/in-process. */
const OUTPUT_BYTES = 32 * MIB;
/** What a connection may leave untaken before it is cut at once: src/server/outbox.ts. */
const UNTAKEN_BYTES = 64 * MIB;

/**
 * Lets the agent's heap be measured: without a ceiling V8 lets garbage lie about as long as the machine has memory. One
 * that leaks ends at it.
 */
export const HEAP_FLAGS = [`--max-old-space-size=${HEAP_MIB}`];

/** The most memory an agent may take with this many connections that behave badly at once. */
function memoryBound(connections: number): number {
  return FRESH_BYTES + THREADS * HEAP_MIB * MIB + OUTPUT_BYTES + connections * UNTAKEN_BYTES;
}

/** Watches an agent's memory and files while it is worked on. */
export class Vitals implements Disposable {
  readonly #timer: NodeJS.Timeout;
  mostRss = 0;
  mostFiles = 0;

  constructor(agent: AgentUnderTest, findings: Findings, connections: number) {
    const bound = memoryBound(connections);
    this.#timer = setInterval(() => {
      const { rss } = agent;
      this.mostRss = Math.max(this.mostRss, rss);
      this.mostFiles = Math.max(this.mostFiles, agent.openFiles.length);
      if (rss > bound) findings.add(`More memory than ${bound / MIB} MiB`, `${Math.round(rss / MIB)} MiB`);
    }, SAMPLE_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

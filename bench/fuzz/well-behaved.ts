import { setTimeout as sleep } from 'node:timers/promises';
import { FuzzClient } from './fuzz-client.ts';
import type { World } from './world.ts';

const PING_MS = 100;
const TIDY_EVERY = 30;

/**
 * A client that does everything right while others do not: pings, runs a job now and then and looks whether its result
 * is true, and ends the others' jobs before there are too many.
 */
export class WellBehaved {
  readonly client: FuzzClient;
  /** How long each ping took, milliseconds. */
  readonly pings: number[] = [];
  readonly #world: World;
  readonly #results: Promise<void>[] = [];

  private constructor(world: World, client: FuzzClient) {
    this.#world = world;
    this.client = client;
  }

  static async connect(world: World): Promise<WellBehaved> {
    return new WellBehaved(world, await FuzzClient.connect(world, false));
  }

  /** Goes on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let count = 0; !signal.aborted && this.client.isOpen; count += 1) {
      const began = performance.now();
      await this.client.ask({ command: 'core.ping' });
      const took = performance.now() - began;
      this.pings.push(took);
      if (took > this.#world.patienceMs) this.#world.findings.add('A ping took too long', `${Math.round(took)} ms`);
      if (count % TIDY_EVERY === TIDY_EVERY - 1) await this.tidy();
      if (count % TIDY_EVERY === 0) await this.#submit(count);
      await sleep(PING_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Ends every job and lets every queue go on. */
  async tidy(): Promise<void> {
    const answer = await this.client.ask({ command: 'queue.list' });
    const queues = answer === undefined ? [] : (JSON.parse(answer.data) as { name: string; paused: boolean }[]);
    for (const { name, paused } of queues)
      if (paused) await this.client.ask({ command: 'queue.resume', arguments: { name } });
    await this.client.ask({ command: 'job.killall' });
  }

  /** Answers what the command answers, as JSON. */
  async call(command: string): Promise<unknown> {
    const answer = await this.client.ask({ command });
    return answer === undefined ? undefined : JSON.parse(answer.data);
  }

  /** Resolves when the results of its own jobs are there and were looked at. */
  async results(): Promise<void> {
    await Promise.all(this.#results);
  }

  /** Runs a job beside everything else. Others may kill it, and nothing else may befall it. */
  async #submit(count: number): Promise<void> {
    const id = `well-behaved-${count}`;
    const saying = `count ${count}`;
    const job = { command: 'core.system', id, arguments: { name: 'echo', args: [saying] } };
    this.client.command(job);
    this.#results.push(
      this.client.resultOf(id).then((result) => {
        if (result === undefined || result.state === 'KILLED') return;
        if (result.state === 'SUCCESS' && result.streams[0] === `${saying}\n`) return;
        this.#world.findings.add('A job of the well-behaved client went wrong', JSON.stringify(result));
      }),
    );
    await this.client.ask({ command: 'core.version' });
  }
}

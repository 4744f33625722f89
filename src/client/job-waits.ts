import { isAgentError } from '../protocol/agent-error.ts';
import type { JobResult } from '../protocol/result.ts';
import { isPassing, TROUBLE_PAUSE_MS } from './passing-trouble.ts';
import { quiet } from './quiet.ts';

/** The agent bounds the unanswered commands of a connection, and a wait is unanswered for as long as its job takes. */
const MOST_AT_ONCE = 256;

/** Seconds of one `job.wait`. After it another job's turn comes, if there are more than may wait at once. */
const TURN_SECONDS = 10;

export interface JobWaitsPort {
  /** Calls a built-in, again after a lost connection. */
  call(name: string, args: object): Promise<unknown>;
  /** Rejects when the client is closed meanwhile. */
  pause(ms: number): Promise<void>;
}

/** Waits for the results of any number of jobs with a bounded number of commands. */
export class JobWaits {
  readonly #port: JobWaitsPort;
  readonly #most: number;
  readonly #turnSeconds: number;
  readonly #waits = new Map<string, Promise<JobResult>>();
  readonly #line: (() => void)[] = [];
  #active = 0;

  constructor(port: JobWaitsPort, most = MOST_AT_ONCE, turnSeconds = TURN_SECONDS) {
    this.#port = port;
    this.#most = most;
    this.#turnSeconds = turnSeconds;
  }

  /** Resolves to the job's result when it has settled. Errors: AgentError `unknown-job`, `disconnected`. */
  wait(id: string): Promise<JobResult> {
    const known = this.#waits.get(id);
    if (known !== undefined) return known;
    const wait = this.#wait(id).finally(() => this.#waits.delete(id));
    this.#waits.set(id, wait);
    return quiet(wait);
  }

  async #wait(id: string): Promise<JobResult> {
    for (;;) {
      try {
        return await this.#takeTurn(id);
      } catch (error) {
        if (isPassing(error)) await this.#port.pause(TROUBLE_PAUSE_MS);
        else if (!isAgentError(error) || error.code !== 'timeout') throw error;
      }
    }
  }

  async #takeTurn(id: string): Promise<JobResult> {
    await this.#enter();
    try {
      return (await this.#port.call('job.wait', { id, timeout: this.#turnSeconds })) as JobResult;
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#active >= this.#most) {
      await new Promise<void>((resolve) => {
        this.#line.push(resolve);
      });
    } else {
      this.#active += 1;
    }
  }

  /** Whoever is next takes the place over. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#active -= 1;
    else next();
  }
}

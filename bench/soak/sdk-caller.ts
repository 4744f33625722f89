import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from 'corex/client';
import { type AgentError, isAgentError } from '../../src/protocol/agent-error.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { Answer, Caller, JobRequest } from './caller.ts';
import { CutRelay } from './cut-relay.ts';
import type { LogReader } from './log-reader.ts';

const RETRY_MS = 40;

/** The client that ships, behind a relay that breaks its connections. */
export class SdkCaller implements Caller {
  readonly #client: Client;
  readonly #relay: CutRelay;
  readonly #complain: (complaint: string) => void;

  private constructor(client: Client, relay: CutRelay, complain: (complaint: string) => void) {
    this.#client = client;
    this.#relay = relay;
    this.#complain = complain;
  }

  /** Connects to the agent at a socket; `path` is for a socket of its own. */
  static async connect(path: string, target: string, complain: (complaint: string) => void): Promise<SdkCaller> {
    const relay = await CutRelay.start(path, target);
    const client = await connect(`unix:${path}`, { reconnect: { firstMs: 50, capMs: 400 } });
    return new SdkCaller(client, relay, complain);
  }

  async run(command: JobRequest, onAccepted: () => void = () => {}): Promise<JobResult> {
    for (;;) {
      const job = this.#client.run(command);
      try {
        await job.accepted;
        onAccepted();
      } catch (error) {
        // An agent that ends takes nothing more; the next one is asked.
        if (isAgentError(error) && error.code === 'shutting-down') {
          await sleep(RETRY_MS);
          continue;
        }
        this.#complain(`Job ${command.id} was refused: ${String(error)}`);
      }
      return await job.result();
    }
  }

  async call(command: string, args?: object): Promise<Answer> {
    try {
      const answer = await this.#client.call(command, args, { idempotent: true });
      return { state: 'SUCCESS', data: JSON.stringify(answer) };
    } catch (error) {
      if (!isAgentError(error)) throw error;
      return { state: 'ERROR', data: '', error: { code: error.code, message: error.message } };
    }
  }

  async follow(reader: LogReader): Promise<void> {
    const job = this.#client.job(reader.plan.id);
    try {
      if (reader.plan.command.raw === true) {
        for await (const item of job.output({ from: reader.position })) {
          if (item.type === 'bytes') reader.bytes(item.position, item.bytes);
          else if (item.type === 'gap') reader.gap(item.from, item.to);
        }
      } else {
        for await (const item of job.messages({ from: reader.position })) {
          if (item.type === 'message') reader.message(item);
          else if (item.type === 'gap') reader.gap(item.from, item.to);
        }
      }
    } catch (error) {
      const { code, message } = error as AgentError;
      if (code === 'bad-arguments') reader.refused(code, message);
      else this.#complain(`Cannot follow ${reader.plan.id} from ${reader.position}: ${String(error)}`);
    }
  }

  cut(): void {
    this.#relay.cut();
  }

  async dawdle(ms: number): Promise<void> {
    this.#relay.hold();
    await sleep(ms);
    this.#relay.release();
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#relay[Symbol.asyncDispose]();
  }
}

import { makeTinyRoot } from '../../test/harness/tiny-root.ts';
import { requires } from '../../test/harness/requires.ts';
import type { BenchAgent } from '../agent/bench-agent.ts';
import type { Connection } from '../agent/connection.ts';
import type { Stage } from '../stage.ts';

/** Why there are no containers to measure; undefined where there can be. */
export function whyNoContainers(): string | undefined {
  return requires('root', 'runc', 'busybox', 'mounts') ? undefined : 'root, mounts, runc and busybox are needed';
}

interface Answer {
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** An agent's commands for containers, many at a time on one connection. */
export class ContainerClient implements Disposable {
  readonly #connection: Connection;
  readonly #waiting = new Map<string, Answer>();
  readonly #outputs = new Map<string, () => void>();
  #count = 0;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.onClose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The connection was lost'));
    };
    connection.onFrame = (frame) => {
      if (frame.type === 'messages') this.#outputs.get(frame.id)?.();
      if (frame.type !== 'result') return;
      const answer = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      if (frame.state === 'SUCCESS') answer?.resolve(frame.data === '' ? undefined : JSON.parse(frame.data));
      else answer?.reject(new Error(`${frame.command}: ${frame.error?.message ?? frame.state}`));
    };
  }

  /** With an image that is a directory with a busybox. */
  static async open(stage: Stage, agent: BenchAgent): Promise<ContainerClient> {
    const client = new ContainerClient(await agent.connect());
    const source = `directory:${makeTinyRoot(stage.fresh('root'))}`;
    await client.call('image.import', { source, name: 'tiny' });
    return client;
  }

  async call(command: string, args: object): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = `bench-${(this.#count += 1)}`;
    this.#waiting.set(id, { resolve, reject });
    this.#connection.send({ command, id, arguments: args });
    return await promise;
  }

  /** Resolves with the first message of a job. */
  async firstMessage(job: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#outputs.set(job, resolve);
    await this.call('job.subscribe', { id: job, from: 'start', as: 'messages' });
    await promise;
    this.#outputs.delete(job);
  }

  /** Resolves to the container and the job that is its main process. */
  async create(change: object): Promise<{ readonly id: string; readonly main: string }> {
    const { handle } = (await this.call('container.create', { image: 'tiny', ...change })) as { handle: string };
    return (await this.call('container.commit', { handle })) as { id: string; main: string };
  }

  async runState(container: string, state: 'running' | 'stopped'): Promise<{ readonly main: string }> {
    const handle = (await this.call('container.get_handle', { container })) as object;
    const next = (await this.call('container.set_run_state', { ...handle, run_state: state })) as object;
    return (await this.call('container.commit', next)) as { main: string };
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}

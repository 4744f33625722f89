// An agent with a keeper, an image to make containers of, and the commands for containers as a client has them.
import type { Client } from '../../src/client/client.ts';
import type { ContainerCommit, ContainerConfig, ContainerInfo, ContainerStatus } from '../../src/protocol/container.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { type StageOptions, SurvivalStage } from '../survival/survival-stage.ts';
import { makeTinyRoot } from './tiny-root.ts';
import { until } from './until.ts';

/** What a test changes of a container. */
export type Change = Record<string, unknown>;

/** Ends when asked, and until then does nothing. */
export const IDLE = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'] as const;

let names = 0;

export class ContainerStage implements AsyncDisposable {
  readonly stage: SurvivalStage;
  readonly image: string;

  private constructor(stage: SurvivalStage, image: string) {
    this.stage = stage;
    this.image = image;
  }

  /** Nothing is fetched: the image is a directory with a busybox. */
  static async begin(options: StageOptions = {}): Promise<ContainerStage> {
    const stage = await SurvivalStage.begin(options);
    const root = makeTinyRoot(stage.at('image'));
    const source = `directory:${root}`;
    await stage.client.run({ command: 'image.import', arguments: { source, name: 'tiny' } }).wait();
    return new ContainerStage(stage, 'tiny');
  }

  get client(): Client {
    return this.stage.client;
  }

  async call<Answer>(command: string, args: object = {}): Promise<Answer> {
    return (await this.client.call(command, args)) as Answer;
  }

  name(): string {
    names += 1;
    return `test-${process.pid}-${names}`;
  }

  async #handle(command: string, args: object): Promise<string> {
    return (await this.call<{ handle: string }>(command, args)).handle;
  }

  /** A handle of a new container of the image. */
  async create(change: Change = {}): Promise<string> {
    const [path, ...args] = IDLE;
    const usual = { name: this.name(), image: this.image, entry_point: { path, args }, stop_grace: 0.3 };
    return await this.#handle('container.create', { ...usual, ...change });
  }

  handle(container: string): Promise<string> {
    return this.#handle('container.get_handle', { container });
  }

  /** The handle with what one setter sets. */
  set(verb: string, handle: string, change: Change): Promise<string> {
    return this.#handle(`container.set_${verb}`, { handle, ...change });
  }

  copyTo(handle: string, path: string, data: Uint8Array | string, more: Change = {}): Promise<string> {
    const bytes = Buffer.from(data as string).toString('base64');
    return this.#handle('container.copy_to', { handle, path, data: bytes, ...more });
  }

  commit(handle: string): Promise<ContainerCommit> {
    return this.call('container.commit', { handle });
  }

  /** A container that does not run. */
  async made(change: Change = {}): Promise<string> {
    return (await this.commit(await this.create(change))).id;
  }

  /** A container that runs. */
  async running(change: Change = {}): Promise<string> {
    return await this.made({ run_state: 'running', ...change });
  }

  /** One that runs a shell script as its main process. */
  async script(text: string, change: Change = {}): Promise<string> {
    return await this.running({ entry_point: { path: '/bin/sh', args: ['-c', text] }, ...change });
  }

  async runState(container: string, state: string): Promise<ContainerCommit> {
    return await this.commit(await this.set('run_state', await this.handle(container), { run_state: state }));
  }

  state(container: string): Promise<ContainerStatus & { id: string }> {
    return this.call('container.state', { container });
  }

  config(container: string): Promise<ContainerConfig> {
    return this.call('container.config', { container });
  }

  list(state?: string): Promise<ContainerInfo[]> {
    return this.call('container.list', state === undefined ? {} : { state });
  }

  wait(container: string, state: string): Promise<ContainerStatus> {
    return this.call('container.wait', { container, state, timeout: 20 });
  }

  async destroy(container: string): Promise<void> {
    await this.call('container.destroy', { container, force: true });
  }

  /** Runs a program to its end. */
  async exec(container: string, ...args: string[]): Promise<JobResult> {
    const [name, ...rest] = args;
    return await this.client.run({ command: 'container.exec', arguments: { container, name, args: rest } }).result();
  }

  /** Starts a shell script beside the main process; resolves to its id once it runs. */
  async execScript(container: string, text: string): Promise<string> {
    const job = this.client.run({
      command: 'container.exec',
      arguments: { container, name: '/bin/sh', args: ['-c', text] },
    });
    await job.accepted;
    await until('the program runs', async () => {
      const { state } = await this.client.jobs.get(job.id);
      return state === 'running' || state === 'settled';
    });
    return job.id;
  }

  async read(container: string, path: string): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let offset = 0; ;) {
      const part = await this.call<{ size: number; data: string }>('container.copy_from', { container, path, offset });
      const bytes = Buffer.from(part.data, 'base64');
      parts.push(bytes);
      offset += bytes.length;
      if (bytes.length === 0 || offset >= part.size) return Buffer.concat(parts);
    }
  }

  /** All containers of earlier tests go. */
  async clear(): Promise<void> {
    await Promise.all((await this.list()).map(({ id }) => this.destroy(id).catch(() => undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear().catch(() => undefined);
    await this.stage[Symbol.asyncDispose]();
  }
}

/** The code of the error a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'none';
}

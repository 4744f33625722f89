import { CosiBackend } from '../../src/cosi/cosi-backend.ts';
import { CosiServer } from '../../src/cosi/cosi-server.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { State } from '../../src/state/state.ts';
import type { Backend } from '../../src/state/backend.ts';
import { tempDir } from '../harness/temp-dir.ts';

/** A state, a server before it, and a client of that: `await using stage = await cosiStage()`. */
export interface CosiStage extends AsyncDisposable {
  readonly url: string;
  /** Behind the server. */
  readonly state: State;
  readonly server: CosiServer;
  readonly backend: CosiBackend;
}

export async function cosiStage(behind: Backend = new MemoryBackend()): Promise<CosiStage> {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(tempDir());
  const url = `unix:${directory.at('run', 'cosi.sock')}`;
  const state = new State(behind);
  stack.defer(() => state.close());
  const server = stack.use(await CosiServer.open({ state, listeners: [{ url }] }));
  const backend = await CosiBackend.open({ url });
  stack.defer(() => backend.close());
  return { url, state, server, backend, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

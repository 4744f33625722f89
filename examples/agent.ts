/**
 * What every example begins with: a client of the agent at COREX_URL (with COREX_TOKEN), or of one that is started
 * here, on a temporary folder, and stopped with the example.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAgent } from 'corex';
import { connect, type Client } from 'corex/client';

export interface Example extends AsyncDisposable {
  readonly client: Client;
}

export async function start(): Promise<Example> {
  const { COREX_URL: url, COREX_TOKEN: token } = process.env;
  if (url !== undefined) {
    const client = await connect(url, token === undefined ? {} : { token });
    return { client, [Symbol.asyncDispose]: () => client.close() };
  }
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'corex-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  // A unix socket needs no token: who may open the file may talk to the agent.
  const socket = `unix:${path.join(directory, 'agent.sock')}`;
  stack.use(await createAgent({ dataDir: path.join(directory, 'data'), listen: [socket] }));
  const client = stack.use(await connect(socket));
  return { client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

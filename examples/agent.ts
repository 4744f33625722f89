/**
 * What every example begins with: a client of the agent at COREX_URL (with COREX_TOKEN), or of one that is started
 * here, on a temporary folder, and stopped with the example.
 */
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
  await using stack = new AsyncDisposableStack();
  // It listens on a unix socket, which needs no token: who may open the file may talk to the agent.
  const agent = stack.use(await createAgent());
  const client = stack.use(await connect(agent.endpoints[0]));
  const owned = stack.move();
  return { client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

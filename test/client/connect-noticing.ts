import { connect, type Client } from '../../src/client/index.ts';

/** Options of a client that connects again at once. */
export const QUICKLY = { reconnect: { firstMs: 1, capMs: 4 } };

/** A client, and a promise for the moment in which it has lost its connection and not tried again. */
export async function connectNoticing(
  url: string,
): Promise<{ readonly client: Client; readonly lost: Promise<undefined> }> {
  const lost = Promise.withResolvers<undefined>();
  const client = await connect(url, {
    ...QUICKLY,
    onStatus: ({ type }) => {
      if (type === 'reconnecting') lost.resolve(undefined);
    },
  });
  return { client, lost: lost.promise };
}

import { readFile } from 'node:fs/promises';

import type * as Grpc from '@grpc/grpc-js';

import { AgentError, errorMessage } from '../protocol/agent-error.ts';

/** Files of a client, PEM. */
export interface CosiClientTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority that signed the server's certificate. */
  readonly caFile: string;
}

/** What a client shows to a server behind TLS. Errors: AgentError `bad-arguments` for files that can't be used. */
export async function tlsCredentials(
  { credentials }: Pick<typeof Grpc, 'credentials'>,
  url: string,
  tls: CosiClientTls | undefined,
): Promise<Grpc.ChannelCredentials> {
  if (tls === undefined) {
    throw new AgentError(
      'bad-arguments',
      `Cannot connect to "${url}": it needs a certificate, its key and an authority`,
    );
  }
  try {
    const [ca, key, cert] = await Promise.all([tls.caFile, tls.keyFile, tls.certFile].map((file) => readFile(file)));
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    throw new AgentError('bad-arguments', `Cannot connect to "${url}": ${errorMessage(error)}`, { cause: error });
  }
}

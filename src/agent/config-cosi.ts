/** The section of the gRPC service: where it is, and the certificates of both sides. */
import * as z from 'zod';

import { errorMessage } from '../protocol/agent-error.ts';
import type { CosiTls } from '../cosi/cosi-listener.ts';
import { parseCosiAddress } from '../cosi/cosi-address.ts';
import type { TlsFiles } from '../security/tls.ts';
import { absoluteAddress } from './absolute-address.ts';
import { ConfigError } from './config-error.ts';

const file = z.string().min(1);

export const CosiSection = z.strictObject({
  listen: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Addresses at which the state is served as the gRPC service `cosi.resource.State`: `unix:PATH`, `tls://HOST:PORT`. Default: none.',
    ),
  tls_cert: file
    .optional()
    .describe(
      'Certificate chain for `tls:`, PEM. Default: `server.tls_cert`. Read again on SIGHUP, as are the others.',
    ),
  tls_key: file.optional().describe('Private key for `tls:`, PEM. Default: `server.tls_key`.'),
  tls_client_ca: file
    .optional()
    .describe(
      'Authority that must have signed a client’s certificate for `tls:`, PEM: nobody gets in without one. Default: `server.tls_client_ca`.',
    ),
});

export interface CosiConfig {
  /** `unix:PATH`, `tls://HOST:PORT`. */
  readonly listen: readonly string[];
  /** Absolute paths of PEM files. */
  readonly tls: CosiTls | undefined;
}

/** An absolute path of what a key holds. */
type Resolve = (key: string, value: string | undefined) => string | undefined;

/** `server`: the files of the WebSocket server, for those that are not given. */
export function cosiConfig(
  section: z.infer<typeof CosiSection>,
  resolve: Resolve,
  server: TlsFiles | undefined,
): CosiConfig {
  const certFile = resolve('cosi.tls_cert', section.tls_cert) ?? server?.certFile;
  const keyFile = resolve('cosi.tls_key', section.tls_key) ?? server?.keyFile;
  const clientCaFile = resolve('cosi.tls_client_ca', section.tls_client_ca) ?? server?.clientCaFile;
  const isComplete = certFile !== undefined && keyFile !== undefined && clientCaFile !== undefined;
  return {
    listen: section.listen.map((address) => absoluteAddress(address, (path) => resolve('cosi.listen', path) ?? path)),
    tls: isComplete ? { certFile, keyFile, clientCaFile } : undefined,
  };
}

/** Errors: ConfigError for an address that can't be read, or needs certificates that aren't there. */
export function checkCosi({ listen, tls }: CosiConfig, describe: (key: string) => string): void {
  for (const url of listen) {
    const trouble = troubleOf(url, tls);
    if (trouble !== undefined) throw new ConfigError(`${trouble}; set by ${describe('cosi.listen')}`);
  }
}

function troubleOf(url: string, tls: CosiTls | undefined): string | undefined {
  try {
    if (parseCosiAddress(url).type === 'unix' || tls !== undefined) return undefined;
    return `Cannot listen on "${url}": it needs "cosi.tls_cert", "cosi.tls_key" and "cosi.tls_client_ca"`;
  } catch (error) {
    return errorMessage(error);
  }
}

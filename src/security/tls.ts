/** Certificates of a listener: read, checked, and read again. */
import { constants } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';

export interface TlsFiles {
  /** Certificate chain, PEM. */
  readonly certFile: string;
  /** Private key, PEM. */
  readonly keyFile: string;
  /** Authority that must have signed a client’s certificate, PEM. With it every client needs one (mTLS). */
  readonly clientCaFile?: string;
}

/**
 * Options of a TLS server: TLS 1.2 or newer, no renegotiation, client certificates demanded when there
 * is an authority for them.
 *
 * Errors: AgentError `bad-arguments` when a file can’t be read or the key doesn’t fit the certificate.
 */
export async function loadTls(files: TlsFiles): Promise<TlsOptions & SecureContextOptions> {
  const options: SecureContextOptions = {
    cert: await read(files.certFile),
    key: await read(files.keyFile),
    ...(files.clientCaFile === undefined ? {} : { ca: await read(files.clientCaFile) }),
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new AgentError('bad-arguments', `Cannot use the certificate "${files.certFile}": ${errorMessage(error)}`, {
      cause: error,
    });
  }
  const demands = files.clientCaFile !== undefined;
  return { ...options, requestCert: demands, rejectUnauthorized: demands, handshakeTimeout: 10_000 };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AgentError('bad-arguments', `Cannot read the TLS file "${file}": ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

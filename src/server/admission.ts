/** The one gate every request passes before anything is done for it. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { splitSubprotocols, tokenOfSubprotocols } from '../channel/bearer-subprotocol.ts';
import type { Authenticator, ClientCertificate } from '../security/authenticator.ts';
import type { FailedAttempts } from '../security/failed-attempts.ts';
import type { Identity } from '../security/identity.ts';
import type { HttpRefusal } from './http-reply.ts';
import { isKnownHost } from './known-host.ts';

/** What a request has to get past at one listener. */
export interface Gate {
  /** Only the socket file’s mode guards a unix listener; its callers are who they are. */
  readonly isUnix: boolean;
  /** Names, beside loopback ones and the address itself, under which the agent may be called. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may connect. */
  readonly origins: ReadonlySet<string>;
  readonly authenticator: Authenticator;
  readonly failures: FailedAttempts;
}

export type Admission =
  | { readonly type: 'admitted'; readonly identity: Identity }
  | { readonly type: 'refused'; readonly refusal: HttpRefusal };

const UNIX_IDENTITY: Identity = { name: 'unix', via: 'unix' };
const SECRET_PARAMETERS = ['token', 'access_token', 'bearer', 'auth', 'authorization'];

/** Whether the way a request came is allowed, whoever sends it; undefined when it is. */
export function checkWay(request: IncomingMessage, gate: Gate): HttpRefusal | undefined {
  const secret = SECRET_PARAMETERS.find((name) => queryOf(request).has(name));
  if (secret !== undefined) {
    const message = `Cannot take "${secret}" from a URL, which ends up in logs: send it as "Authorization: Bearer …"`;
    return { status: 400, code: 'bad-arguments', message };
  }
  if (!gate.isUnix && !isKnownHost(request.headers.host, request.socket.localAddress, gate.hosts)) {
    return { status: 403, code: 'forbidden', message: 'Cannot serve this Host: it is not in the list of known names' };
  }
  const { origin } = request.headers;
  if (origin !== undefined && !gate.origins.has(origin)) {
    return {
      status: 403,
      code: 'forbidden',
      message: 'Cannot serve this Origin: it is not in the list of allowed pages',
    };
  }
  return undefined;
}

/** Who sends a request. Missing and wrong tokens get the same answer; too many of them from one address get 429. */
export function identify(request: IncomingMessage, gate: Gate): Admission {
  if (gate.isUnix) return { type: 'admitted', identity: UNIX_IDENTITY };
  const credentials = { token: tokenOf(request), certificate: certificateOf(request) };
  const identity = gate.authenticator.authenticate(credentials);
  if (identity !== undefined) return { type: 'admitted', identity };
  const waitMs = gate.failures.note(request.socket.remoteAddress ?? '');
  if (waitMs > 0) {
    const headers = { 'Retry-After': String(Math.ceil(waitMs / 1000)) };
    const message = 'Cannot try again yet: too many failed attempts from this address';
    return { type: 'refused', refusal: { status: 429, code: 'too-many', message, headers } };
  }
  const message = 'Cannot let you in: the token is missing or wrong';
  const headers = { 'WWW-Authenticate': 'Bearer realm="corex"' };
  return { type: 'refused', refusal: { status: 401, code: 'unauthorized', message, headers } };
}

/** The path of a request, without what follows a question mark. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

function tokenOf(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return tokenOfSubprotocols(splitSubprotocols(request.headers['sec-websocket-protocol']));
}

/** The certificate the handshake proved; without an authority to check it there is none. */
function certificateOf(request: IncomingMessage): ClientCertificate | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return undefined;
  const { CN } = certificate.subject;
  const commonName = Array.isArray(CN) ? CN[0] : CN;
  return { commonName: commonName ?? certificate.fingerprint256, fingerprint: certificate.fingerprint256 };
}

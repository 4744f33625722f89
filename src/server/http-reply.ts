/** Answers to HTTP requests, and to sockets that asked for an upgrade and don’t get it. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from './node-http.ts';

/** Why a request is not granted. */
export interface HttpRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** On every answer: nothing is kept in a cache, nothing is guessed to be a page. */
const SAFE_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'",
} as const;

export function replyJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  replyText(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`, headers);
}

export function replyText(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export function replyRefusal(response: ServerResponse, refusal: HttpRefusal): void {
  replyJson(response, refusal.status, refusalBody(refusal), refusal.headers);
}

/** How long a refused peer may take to read why. */
const REFUSAL_MS = 5000;

/** Answers on a bare socket and ends it. The socket must have an error listener. */
export function refuseSocket(socket: Duplex, refusal: HttpRefusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify(refusalBody(refusal))}\n`;
  const headers = {
    Connection: 'close',
    ...SAFE_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...refusal.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

function refusalBody({ code, message }: HttpRefusal): unknown {
  return { error: { code, message } };
}

import type { IncomingMessage } from 'node:http';
import { AgentError, errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import { checkPage, compileExpectation } from './check-page.ts';
import type { Page, PageRequest } from './page-request.ts';
import { startDeadline, type Patience } from './patience.ts';
import { connectionTrouble } from './reach-port.ts';

const DEFAULT_REDIRECTS = 5;
const DEFAULT_BYTES = 64 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Headers that are for the first host alone. */
const FOR_ONE_HOST: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/**
 * Gets a page by HTTP, redirects followed, and holds it against what is expected.
 *
 * Errors: AgentError `bad-arguments` for a URL, header or pattern that can't be used; `unreachable` when nobody
 * answered; `unexpected-answer`; `timeout`; the signal's reason.
 */
export async function getPage(request: PageRequest, patience: Patience): Promise<Page> {
  const name = urlName(request.url);
  using deadline = startDeadline(`Cannot get "${name}"`, patience);
  const expectation = await compileExpectation(request.expect ?? {});
  const page = await follow(request, deadline.signal);
  checkPage(page, expectation);
  return page;
}

async function follow(request: PageRequest, signal: AbortSignal): Promise<Page> {
  const { maxRedirects = DEFAULT_REDIRECTS } = request;
  let url = parseUrl(request.url);
  let { headers = {}, socket } = request;
  for (let redirects = 0; ; redirects += 1) {
    const response = await ask(url, { ...request, headers, ...(socket === undefined ? {} : { socket }) }, signal);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (!REDIRECTS.has(status) || location === undefined || maxRedirects === 0) {
      return { ...(await readPage(response, url, request.maxBytes ?? DEFAULT_BYTES, signal)), redirects };
    }
    response.destroy();
    if (redirects >= maxRedirects) {
      throw new AgentError(
        'unexpected-answer',
        `Cannot get "${urlName(request.url)}": it leads on more than ${String(maxRedirects)} times, now to "${urlName(location)}"`,
      );
    }
    const next = parseUrl(location, url);
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([key]) => !FOR_ONE_HOST.has(key.toLowerCase())));
      socket = undefined;
    }
    url = next;
  }
}

/** Sends the request. Resolves when the head of the answer is there. */
async function ask(url: URL, request: PageRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { request: send } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  try {
    send(url, {
      agent: false,
      signal,
      headers: { accept: '*/*', 'user-agent': 'corex', ...request.headers },
      ...(request.socket === undefined ? {} : { socketPath: request.socket }),
      ...(request.insecure === true ? { rejectUnauthorized: false } : {}),
    })
      .once('response', resolve)
      .on('error', reject)
      .end();
  } catch (cause) {
    throw new AgentError('bad-arguments', `Cannot get "${urlName(url.href)}": ${errorMessage(cause)}`, { cause });
  }
  try {
    return await promise;
  } catch (error) {
    throw trouble(url, error, signal);
  }
}

async function readPage(
  response: IncomingMessage,
  url: URL,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Omit<Page, 'redirects'>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      // Leaving the loop closes the connection.
      if (bytes > maxBytes) break;
    }
  } catch (error) {
    throw trouble(url, error, signal);
  }
  return {
    url: urlName(url.href),
    status: response.statusCode ?? 0,
    headers: joined(response),
    body: Buffer.concat(pieces).subarray(0, maxBytes),
    truncated: bytes > maxBytes,
  };
}

function joined({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join('\n') : (value ?? '')]),
  );
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  if (base === undefined) {
    throw new AgentError('bad-arguments', `Cannot get "${urlName(text)}": a URL such as "http://HOST:PORT/" is wanted`);
  }
  throw new AgentError('unexpected-answer', `Cannot get "${urlName(base.href)}": it leads on to "${urlName(text)}"`);
}

/** The URL without user and password, for messages. */
function urlName(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@?#]*@/i, '$1');
}

function trouble(url: URL, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isAgentError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isNotHttp = code.startsWith('HPE_');
  const why = isNotHttp ? `what answers there does not speak HTTP (${errorMessage(error)})` : connectionTrouble(error);
  return new AgentError(isNotHttp ? 'unexpected-answer' : 'unreachable', `Cannot get "${urlName(url.href)}": ${why}`, {
    cause: error,
  });
}

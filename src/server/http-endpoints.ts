/** What can be asked over plain HTTP: is it alive, does it take commands, what does it measure. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../protocol/agent-error.ts';
import { ENDPOINT_PATH } from '../protocol/version.ts';
import type { Logger } from '../telemetry/logger.ts';
import { checkWay, identify, pathOf } from './admission.ts';
import type { Gate } from './admission.ts';
import { replyJson, replyRefusal, replyText } from './http-reply.ts';

/** Whether the agent takes commands, and if not, why. */
export interface ReadyReport {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export interface HttpSources {
  ready(): ReadyReport;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

interface Endpoint {
  /** Answered without a token: it gives nothing away. */
  readonly isOpen: boolean;
  answer(response: ServerResponse, sources: HttpSources): Promise<void> | void;
}

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/healthz', { isOpen: true, answer: (response) => replyJson(response, 200, { status: 'ok' }) }],
  [
    '/readyz',
    {
      isOpen: true,
      answer: (response, sources) => {
        const { ready, reasons } = sources.ready();
        replyJson(response, ready ? 200 : 503, { ready, reasons });
      },
    },
  ],
  [
    '/metrics',
    {
      isOpen: false,
      answer: async (response, sources) =>
        replyText(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await sources.metrics()),
    },
  ],
]);

/** Answers one request. Never throws. */
export async function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  sources: HttpSources,
  logger: Logger,
): Promise<void> {
  response.on('error', () => undefined);
  // A body is never needed, so it is not waited for.
  if (hasBody(request)) response.setHeader('Connection', 'close');
  try {
    const refusal = checkWay(request, gate);
    if (refusal !== undefined) {
      replyRefusal(response, refusal);
      return;
    }
    await answer(request, response, gate, sources);
  } catch (error) {
    logger.error({ error: errorMessage(error), path: pathOf(request) }, 'An HTTP request failed');
    if (response.headersSent) response.destroy();
    else
      replyRefusal(response, {
        status: 500,
        code: 'internal',
        message: 'Cannot answer: the agent failed; its log says more',
      });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  sources: HttpSources,
): Promise<void> {
  const path = pathOf(request);
  if (path === ENDPOINT_PATH) {
    const message = `Cannot answer: "${ENDPOINT_PATH}" is for WebSocket`;
    replyRefusal(response, { status: 426, code: 'bad-arguments', message, headers: { Upgrade: 'websocket' } });
    return;
  }
  const endpoint = ENDPOINTS.get(path);
  if (endpoint === undefined) {
    replyRefusal(response, { status: 404, code: 'unknown-command', message: 'Cannot find this path' });
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'Cannot do this: only GET and HEAD are answered here';
    replyRefusal(response, { status: 405, code: 'bad-arguments', message, headers: { Allow: 'GET, HEAD' } });
    return;
  }
  if (!endpoint.isOpen) {
    const admission = identify(request, gate);
    if (admission.type === 'refused') {
      replyRefusal(response, admission.refusal);
      return;
    }
  }
  await endpoint.answer(response, sources);
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

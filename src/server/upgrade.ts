/** From an HTTP request to a WebSocket, past the gate. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';
import { splitSubprotocols } from '../channel/bearer-subprotocol.ts';
import { ENDPOINT_PATH, SUBPROTOCOL } from '../protocol/version.ts';
import type { Identity } from '../security/identity.ts';
import { checkWay, identify, pathOf } from './admission.ts';
import type { Gate } from './admission.ts';
import { refuseSocket } from './http-reply.ts';
import type { HttpRefusal } from './http-reply.ts';
import type { ServerLimits } from './limits.ts';

/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5000;

/** Pongs that may wait to be sent; a peer that pings on without reading is cut off. */
const PENDING_PONGS = 1024;

/** The WebSocket side of all listeners. */
export function createUpgrader(limits: ServerLimits): WebSocketServer {
  const options: ServerOptions & { readonly maxPendingAutoPongs: number; readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.bufferedChunks,
    maxPendingAutoPongs: PENDING_PONGS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  };
  const upgrader = new WebSocketServer(options);
  upgrader.on('wsClientError', (error, socket) => {
    refuseSocket(socket, { status: 400, code: 'bad-frame', message: `Cannot open a WebSocket: ${error.message}` });
  });
  return upgrader;
}

/** Lets a request through to be a WebSocket, or answers it with the reason why not. */
export function upgrade(
  upgrader: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  gate: Gate,
  welcome: (ws: WebSocket, identity: Identity) => void,
  onRefused: (refusal: HttpRefusal) => void,
): void {
  const refuse = (refusal: HttpRefusal): void => {
    onRefused(refusal);
    refuseSocket(socket, refusal);
  };
  const wrong = checkPath(request) ?? checkWay(request, gate) ?? checkBody(request) ?? checkSubprotocols(request);
  if (wrong !== undefined) {
    refuse(wrong);
    return;
  }
  const admission = identify(request, gate);
  if (admission.type === 'refused') {
    refuse(admission.refusal);
    return;
  }
  upgrader.handleUpgrade(request, socket, head, (ws) => welcome(ws, admission.identity));
}

function checkPath(request: IncomingMessage): HttpRefusal | undefined {
  if (pathOf(request) === ENDPOINT_PATH) return undefined;
  return {
    status: 404,
    code: 'unknown-command',
    message: `Cannot open a WebSocket here: the endpoint is "${ENDPOINT_PATH}"`,
  };
}

/** A body before an upgrade could be read as frames by one and as a request by another. */
function checkBody({ headers }: IncomingMessage): HttpRefusal | undefined {
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return undefined;
  return { status: 400, code: 'bad-frame', message: 'Cannot open a WebSocket: the request must have no body' };
}

/** Asking for subprotocols is optional, but who asks must ask for ours. */
function checkSubprotocols({ headers }: IncomingMessage): HttpRefusal | undefined {
  const asked = splitSubprotocols(headers['sec-websocket-protocol']);
  if (asked.length === 0 || asked.includes(SUBPROTOCOL)) return undefined;
  return {
    status: 400,
    code: 'bad-arguments',
    message: `Cannot speak the subprotocols asked for: use "${SUBPROTOCOL}" or none`,
  };
}

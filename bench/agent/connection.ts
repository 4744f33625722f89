import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ServerFrame } from '../../src/protocol/frames.ts';

/** A frame of the agent, or of a bare server that speaks likewise. */
export type Frame = ServerFrame & { readonly ref?: string | number };

/**
 * A WebSocket on a unix socket, as thin as can be: what is measured is on its other end. The same one measures agents
 * and bare servers.
 */
export class Connection implements Disposable {
  readonly #ws: WebSocket;
  onFrame: (frame: Frame) => void = () => {};
  onBytes: (data: Buffer) => void = () => {};
  /** Told when the other end goes. */
  onClose: () => void = () => {};

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.onBytes(data);
      else this.onFrame(JSON.parse(data.toString()) as Frame);
    });
    ws.on('error', () => {});
    ws.on('close', () => this.onClose());
  }

  /** Connects. Rejects when nobody listens. */
  static async open(socketPath: string): Promise<Connection> {
    const ws = new WebSocket(`ws+unix:${socketPath}:/v1`, { perMessageDeflate: false });
    const connection = new Connection(ws);
    await once(ws, 'open');
    return connection;
  }

  send(command: object): void {
    this.#ws.send(JSON.stringify(command));
  }

  /** Reads nothing any more, so that everything waits at the other end. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  [Symbol.dispose](): void {
    this.#ws.terminate();
  }
}

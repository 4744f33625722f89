import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { FrameReader } from '../../../src/host/keeper/frames.ts';
import { FrameWriter } from '../../../src/host/keeper/frame-writer.ts';
import { ASK, KEEPER_PROTOCOL, TELL } from '../../../src/host/keeper/protocol.ts';
import { until } from '../../harness/until.ts';

export interface ReceivedFrame {
  readonly kind: number;
  readonly id: number;
  readonly value: unknown;
  readonly bytes: Buffer;
}

/** An agent's connection to a keeper, frame by frame. */
export class RawAgent implements Disposable {
  readonly socket: Socket;
  readonly received: ReceivedFrame[] = [];
  readonly #writer: FrameWriter;
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#writer = new FrameWriter(socket);
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk, ({ kind, id, text, bytes }) => {
        this.received.push({ kind, id, value: text === '' ? undefined : JSON.parse(text), bytes: Buffer.from(bytes) });
      });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(path: string): Promise<RawAgent> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RawAgent(socket);
  }

  /** Connects, says hello and owns the keeper. */
  static async open(path: string, generation: number, owner = 'raw'): Promise<RawAgent> {
    const agent = await RawAgent.connect(path);
    agent.hello();
    agent.send(ASK.open, 1, { generation, owner });
    await agent.answer(1);
    return agent;
  }

  hello(protocol: object = KEEPER_PROTOCOL): void {
    this.send(ASK.hello, 0, { ...protocol, version: '1.0.0' });
  }

  send(kind: number, id: number, request: unknown, bytes: readonly Uint8Array[] = []): void {
    this.#writer.send(kind, id, JSON.stringify(request), bytes);
  }

  /** The answer to a request, or the failure. */
  answer(id: number): Promise<ReceivedFrame> {
    return until(`request ${id} is answered`, () =>
      this.received.find((frame) => frame.id === id && (frame.kind === TELL.answer || frame.kind === TELL.failed)),
    );
  }

  news(key: string): ReceivedFrame[] {
    return this.received.filter(({ kind, value }) => kind === TELL.news && (value as { key: string }).key === key);
  }

  closed(): Promise<unknown> {
    return until('the connection is closed', () => this.isClosed);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes connections on from one unix socket to another, and breaks or holds them when told to. */
export class CutRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: string) {
    this.#server = createServer((client) => {
      const agent = connect(target);
      client.pipe(agent).pipe(client);
      for (const [socket, other] of [[client, agent] as const, [agent, client] as const]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  static async start(path: string, target: string): Promise<CutRelay> {
    const relay = new CutRelay(target);
    relay.#server.listen(path);
    await once(relay.#server, 'listening');
    return relay;
  }

  /** Breaks every connection, wherever in a frame it is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes nothing from either side. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }
}

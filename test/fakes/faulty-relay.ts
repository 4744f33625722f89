import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes TCP connections on to a port, and breaks them when told to. */
export class FaultyRelay implements AsyncDisposable {
  readonly #server: Server;
  /** Port of 127.0.0.1 that new connections go to; undefined: they are broken. The port of who is gone may be another's. */
  target: number | undefined;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Bytes towards the client after which a new connection is cut; undefined: never. Asked for each connection. */
  cutAfter: () => number | undefined = () => undefined;
  /** Connections that were made so far. */
  connections = 0;
  /** Connections that were cut so far. */
  cuts = 0;
  /** Bytes that went to clients so far. */
  bytesOut = 0;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  static async start(targetUrl: string): Promise<FaultyRelay> {
    const relay = new FaultyRelay(Number(new URL(targetUrl).port));
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks every connection without a word. */
  cutAll(): void {
    for (const pair of this.#pairs) this.#cut(pair);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutAll();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #relay(client: Socket): void {
    this.connections += 1;
    if (this.target === undefined) {
      client.destroy();
      return;
    }
    const agent = connect(this.target, '127.0.0.1');
    const pair = [client, agent] as const;
    this.#pairs.add(pair);
    let left = this.cutAfter() ?? Infinity;
    client.pipe(agent);
    agent.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      this.bytesOut += part.length;
      if (left <= 0) {
        // What was let through arrives; then the connection is gone.
        client.end(part, () => this.#cut(pair));
        return;
      }
      if (!client.write(part)) agent.pause();
    });
    client.on('drain', () => agent.resume());
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => this.#drop(pair));
    }
  }

  #cut(pair: readonly [Socket, Socket]): void {
    if (!this.#pairs.has(pair)) return;
    this.cuts += 1;
    this.#drop(pair);
  }

  #drop(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }
}

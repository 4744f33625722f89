import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What is used of the inspector's messages. */
interface InspectorMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
}

const COLLECT = 'HeapProfiler.collectGarbage';
const PATIENCE_MS = 30_000;

/**
 * Lets another Node, started with `--inspect`, collect the garbage of all its threads. What it takes afterwards is what
 * it holds; before, V8 lets garbage lie about as long as the machine has memory.
 */
export async function collectGarbage(inspectorUrl: string): Promise<void> {
  const inspector = await Inspector.connect(inspectorUrl);
  try {
    // The workers that run are told of before this is answered.
    await inspector.ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
    await Promise.all([inspector.ask(COLLECT), ...inspector.workers.map((worker) => inspector.askWorker(worker))]);
  } finally {
    inspector.close();
  }
}

class Inspector {
  /** Sessions of the workers. */
  readonly workers: string[] = [];
  readonly #socket: WebSocket;
  /** Answers that are awaited, by the id of the question, or the worker that was asked. */
  readonly #waiting = new Map<number | string, () => void>();
  #count = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString()) as InspectorMessage));
  }

  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return new Inspector(socket);
  }

  async ask(method: string, params: object = {}): Promise<void> {
    this.#count += 1;
    const answered = this.#answer(this.#count);
    this.#socket.send(JSON.stringify({ id: this.#count, method, params }));
    await answered;
  }

  /** Lets a worker collect. */
  async askWorker(sessionId: string): Promise<void> {
    const answered = this.#answer(sessionId);
    await this.ask('NodeWorker.sendMessageToWorker', {
      sessionId,
      message: JSON.stringify({ id: 1, method: COLLECT }),
    });
    await answered;
  }

  close(): void {
    this.#socket.terminate();
  }

  #answer(key: number | string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error('Waited in vain for a collection of garbage')), PATIENCE_MS);
    this.#waiting.set(key, () => {
      clearTimeout(late);
      resolve();
    });
    return promise;
  }

  #receive({ id, method, params = {} }: InspectorMessage): void {
    if (id !== undefined) this.#waiting.get(id)?.();
    const { sessionId } = params;
    if (sessionId === undefined) return;
    if (method === 'NodeWorker.attachedToWorker') this.workers.push(sessionId);
    if (method === 'NodeWorker.receivedMessageFromWorker') this.#waiting.get(sessionId)?.();
  }
}

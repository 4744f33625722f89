import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ResultFrame, ServerFrame } from '../../src/protocol/frames.ts';
import { readTextFrame } from '../../src/server/incoming-frame.ts';
import { within } from '../../test/harness/within.ts';
import type { World } from './world.ts';
import { FrameCheck } from './frame-check.ts';
import { isHarmless } from './harmless.ts';

/** Frames a finding shows. */
const LAST_FRAMES = 12;
const SHOWN_CHARACTERS = 240;

/** Close codes that tell of trouble inside the agent. */
const NEVER = new Set([1005, 1006, 1011]);

/** What became of one command that was sent with a ref of our own. */
interface Fate {
  readonly text: string;
  accepted: number;
  results: number;
  errors: number;
}

/** One WebSocket connection that sends anything and checks everything that comes back. */
export class FuzzClient {
  readonly socket: WebSocket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #world: World;
  readonly #check = new FrameCheck();
  readonly #frames: string[] = [];
  readonly #fates = new Map<string, Fate>();
  readonly #listeners = new Set<(frame: ServerFrame) => void>();
  #isLetGo = false;
  #count = 0;

  private constructor(world: World, socket: WebSocket) {
    this.#world = world;
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', (error) => this.#note(`! ${error.message}`));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('close', (code, reason) => {
      this.#note(`closed with ${code} ${reason.toString()}`);
      world.closes.set(code, (world.closes.get(code) ?? 0) + 1);
      if (!this.#isLetGo && NEVER.has(code)) this.#report(`A connection was closed with ${code}`, reason.toString());
    });
  }

  /** Connects, over the port or the unix socket. */
  static async connect(world: World, isTcp: boolean): Promise<FuzzClient> {
    const url = isTcp ? `${world.tcpUrl}/v1` : `ws+unix:${world.socketPath}:/v1`;
    const headers = isTcp ? { Authorization: `Bearer ${world.token}` } : {};
    const client = new FuzzClient(world, new WebSocket(url, 'corex.v1', { headers, perMessageDeflate: false }));
    await within(world.patienceMs, 'a connection', once(client.socket, 'open'));
    return client;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get frames(): readonly string[] {
    return this.#frames;
  }

  /** Sends a text as it is, unless it could do harm. */
  text(text: string): void {
    if (!this.isOpen || !isHarmless(text)) return;
    this.#world.sent += 1;
    this.#note(`> ${text}`);
    this.socket.send(text);
  }

  binary(data: Buffer): void {
    if (!this.isOpen) return;
    this.#world.sent += 1;
    this.#note(`> ${data.length} bytes ${data.subarray(0, 24).toString('hex')}`);
    this.socket.send(data);
  }

  /** Sends a command with a ref of its own, whose answer is missed if it does not come. Returns the ref. */
  command(command: object): string {
    this.#count += 1;
    const ref = `r${this.#count}`;
    const text = JSON.stringify({ ...command, ref });
    const isKnown = readTextFrame(text).ref === ref;
    if (this.isOpen && isKnown && isHarmless(text)) this.#fates.set(ref, { text, accepted: 0, results: 0, errors: 0 });
    this.text(text);
    return ref;
  }

  /** Sends a command and waits for its result; undefined when the connection is closed first. */
  async ask(command: object): Promise<ResultFrame | undefined> {
    const ref = this.command(command);
    const answer = this.#next((frame) => frame.type === 'result' && frame.ref === ref);
    return await within(this.#world.patienceMs, `the answer to ${JSON.stringify(command).slice(0, 200)}`, answer);
  }

  /** The result of a job asked for on this connection; undefined when the connection is closed first. */
  async resultOf(id: string): Promise<ResultFrame | undefined> {
    return await this.#next((frame) => frame.type === 'result' && frame.id === id && frame.refused !== true);
  }

  /** Waits until every command got its first answer, or the connection is closed. */
  async answers(): Promise<void> {
    // Answers come in any order, so this one only says that the agent has read everything before it.
    await this.ask({ command: 'core.ping' });
    const isOver = (): boolean => !this.isOpen || this.#missing() === undefined;
    const deadline = performance.now() + this.#world.patienceMs;
    while (!isOver() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    const missing = isOver() ? undefined : this.#missing();
    if (missing !== undefined)
      this.#report(`A command was not answered in ${this.#world.patienceMs} ms`, missing.text.slice(0, 600));
  }

  /** Stops reading. The agent may cut off who does not read, and then nobody reads its reason. */
  stopReading(): void {
    this.#isLetGo = true;
    this.socket.pause();
  }

  /** Closes the connection: politely, or without a word. */
  async leave(isPolite: boolean): Promise<void> {
    this.#isLetGo = true;
    if (isPolite) this.socket.close(1000);
    else this.socket.terminate();
    const late = setTimeout(() => this.socket.terminate(), this.#world.patienceMs);
    await this.closed;
    clearTimeout(late);
  }

  async #next(isIt: (frame: ServerFrame) => boolean): Promise<ResultFrame | undefined> {
    const { promise, resolve } = Promise.withResolvers<ResultFrame>();
    const listener = (frame: ServerFrame): void => {
      if (isIt(frame)) resolve(frame as ResultFrame);
    };
    this.#listeners.add(listener);
    try {
      return await Promise.race([promise, this.closed.then(() => undefined)]);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #missing(): Fate | undefined {
    for (const fate of this.#fates.values()) {
      const isWait = fate.text.startsWith('{"command":"job.wait"');
      if (!isWait && fate.accepted + fate.results + fate.errors === 0) return fate;
    }
    return undefined;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) {
        this.#note(`< ${data.length} bytes ${data.subarray(0, 24).toString('hex')}`);
        this.#check.binary(data);
        return;
      }
      const text = data.toString();
      this.#note(`< ${text}`);
      const frame = this.#check.text(text);
      if ('ref' in frame && typeof frame.ref === 'string') this.#settle(frame.ref, frame.type);
      for (const listener of this.#listeners) listener(frame);
    } catch (error) {
      this.#report('A wrong frame', (error as Error).message);
    }
  }

  #settle(ref: string, type: ServerFrame['type']): void {
    const fate = this.#fates.get(ref);
    if (fate === undefined) return;
    if (type === 'accepted') {
      if (fate.results > 0) throw new Error(`"accepted" after the result of ${fate.text}`);
      fate.accepted += 1;
    } else if (type === 'result') {
      fate.results += 1;
    } else {
      fate.errors += 1;
    }
    if (fate.accepted > 1 || fate.results + fate.errors > 1) throw new Error(`Answered twice: ${fate.text}`);
  }

  #report(title: string, details: string): void {
    this.#world.findings.add(title, details, this.#frames);
  }

  #note(line: string): void {
    this.#frames.push(line.slice(0, SHOWN_CHARACTERS));
    if (this.#frames.length > LAST_FRAMES) this.#frames.shift();
  }
}

import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ResultFrame, ServerFrame } from '../../src/protocol/frames.ts';
import { readTextFrame } from '../../src/server/incoming-frame.ts';
import { within } from '../../test/harness/within.ts';
import type { World } from './world.ts';
import { Fates } from './fates.ts';
import { FrameCheck } from './frame-check.ts';
import { isHarmless } from './harmless.ts';

/** Frames a finding shows. */
const LAST_FRAMES = 12;
const SHOWN_CHARACTERS = 240;

/** Close codes that tell of trouble inside the agent. */
const NEVER = new Set([1005, 1006, 1011]);

/** How many times the patience anything may take, however much else comes. */
const LONGEST = 6;

/** One WebSocket connection that sends anything and checks everything that comes back. */
export class FuzzClient implements AsyncDisposable {
  readonly socket: WebSocket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #world: World;
  readonly #check = new FrameCheck();
  readonly #frames: string[] = [];
  readonly #fates = new Fates();
  readonly #listeners = new Set<(frame: ServerFrame) => void>();
  #isLetGo = false;
  #count = 0;
  /** When the last frame came. */
  #heardAt = performance.now();

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
    if (this.isOpen && isKnown && isHarmless(text)) this.#fates.sent(ref, text);
    this.text(text);
    return ref;
  }

  /**
   * Sends a command and waits for its result; undefined when the connection is closed first. Fails when nothing at all
   * comes for too long: after a flood much comes before.
   */
  async ask(command: object): Promise<ResultFrame | undefined> {
    const ref = this.command(command);
    const answer = this.#next((frame) => frame.type === 'result' && frame.ref === ref);
    return await this.#inTime(`the answer to ${JSON.stringify(command).slice(0, 200)}`, answer);
  }

  /** The result of a job asked for on this connection; undefined when the connection is closed first. */
  async resultOf(id: string): Promise<ResultFrame | undefined> {
    return await this.#next((frame) => frame.type === 'result' && frame.id === id && frame.refused !== true);
  }

  /** Waits until every command got its first answer, or the connection is closed. */
  async answers(): Promise<void> {
    // Answers come in any order, so this one only says that the agent has read everything before it.
    await this.ask({ command: 'core.ping' });
    const isOver = (): boolean => !this.isOpen || this.#fates.missing === undefined;
    const isLate = this.#lateness();
    while (!isOver() && !isLate()) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isOver()) this.#report('A command was not answered', this.#fates.missing?.slice(0, 600) ?? '');
  }

  /** Stops reading. The agent may cut off who does not read, and then nobody reads its reason. */
  stopReading(): void {
    this.#isLetGo = true;
    this.socket.pause();
  }

  /** Closes the connection: politely, or without a word. Idempotent. */
  async leave(isPolite: boolean): Promise<void> {
    this.#isLetGo = true;
    if (this.socket.readyState === WebSocket.CLOSED) return;
    if (isPolite) this.socket.close(1000);
    else this.socket.terminate();
    const late = setTimeout(() => this.socket.terminate(), this.#world.patienceMs);
    await this.closed;
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave(false);
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

  async #inTime<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    const silence = Promise.withResolvers<never>();
    const isLate = this.#lateness();
    const timer = setInterval(() => {
      if (isLate()) silence.reject(new Error(`Waited in vain for ${what}`));
    }, 100);
    try {
      return await Promise.race([answer, silence.promise]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Tells, from now on, whether nothing came for too long, or something else for much too long. */
  #lateness(): () => boolean {
    const { patienceMs } = this.#world;
    const began = performance.now();
    this.#heardAt = began;
    return () => performance.now() - this.#heardAt > patienceMs || performance.now() - began > LONGEST * patienceMs;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#heardAt = performance.now();
    try {
      if (isBinary) {
        this.#note(`< ${data.length} bytes ${data.subarray(0, 24).toString('hex')}`);
        this.#check.binary(data);
        return;
      }
      const text = data.toString();
      this.#note(`< ${text}`);
      const frame = this.#check.text(text);
      if ('ref' in frame && typeof frame.ref === 'string') this.#fates.answered(frame.ref, frame.type);
      for (const listener of this.#listeners) listener(frame);
    } catch (error) {
      this.#report('A wrong frame', (error as Error).message);
    }
  }

  #report(title: string, details: string): void {
    this.#world.findings.add(title, details, this.#frames);
  }

  #note(line: string): void {
    this.#frames.push(line.slice(0, SHOWN_CHARACTERS));
    if (this.#frames.length > LAST_FRAMES) this.#frames.shift();
  }
}

import { PassingMap } from '../../base/passing-map.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { parseTrustedJson } from '../../base/json.ts';
import type { ErrorBody } from '../../protocol/agent-error.ts';
import { ASK, TELL } from '../keeper/protocol.ts';
import type { Frame } from '../keeper/frames.ts';

/** One request that is not answered yet. */
interface Call {
  readonly kind: number;
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
  readonly onAnswer: (value: unknown, frame: Frame) => void;
  readonly onFailure: (error: Error) => void;
  isSent: boolean;
}

export type CallParts = Pick<Call, 'kind' | 'onAnswer' | 'onFailure'> & {
  readonly request: object;
  readonly bytes?: readonly Uint8Array[];
};

/** How requests go out: {@link KeeperLink.send}. */
export type Send = (kind: number, id: number, text: string, bytes: readonly Uint8Array[]) => void;

const LARGEST_ID = 0xfffffffe;

/** Whatever becomes of the connection, these can be asked again without being done twice. */
const REPEATABLE: ReadonlySet<number> = new Set([
  ASK.spawn,
  ASK.stop,
  ASK.resize,
  ASK.writeStdin,
  ASK.closeStdin,
  ASK.read,
]);

/** These wait for a keeper that is silent, since asking again could say nothing else. The others are given up. */
const PATIENT: ReadonlySet<number> = new Set([ASK.spawn, ASK.read]);

/** Those who wait for an answer of the keeper. Each is answered once, or fails once. */
export class Calls {
  readonly #calls = new PassingMap<number, Call>();
  #lastId = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** Adds a request, and sends it where there is a way to. Returns its id. Errors: FrameError when it is too large. */
  add({ kind, request, bytes = [], onAnswer, onFailure }: CallParts, send: Send | undefined): number {
    this.#lastId = this.#lastId === LARGEST_ID ? 1 : this.#lastId + 1;
    const id = this.#lastId;
    const text = JSON.stringify(request);
    send?.(kind, id, text, bytes);
    this.#calls.set(id, { kind, text, bytes, onAnswer, onFailure, isSent: send !== undefined });
    return id;
  }

  /** Nobody wants the answer any more. */
  drop(id: number): void {
    this.#calls.delete(id);
  }

  /** Gives an answer to who waits for it. */
  answer(frame: Frame): void {
    const call = this.#calls.get(frame.id);
    if (call === undefined) return;
    this.#calls.delete(frame.id);
    const value = parseTrustedJson(frame.text);
    if (frame.kind === TELL.answer) call.onAnswer(value, frame);
    else call.onFailure(AgentError.fromJSON(value as ErrorBody));
  }

  /** The connection broke: what can't be asked again fails, the rest waits for the next one. */
  interrupt(): void {
    this.#failWhere(
      ({ kind, isSent }) => isSent && !REPEATABLE.has(kind),
      () => new AgentError('keeper-unavailable', 'Cannot tell whether it was done: the connection to the keeper broke'),
    );
  }

  /** Asks everything that waits, in order, over a new connection. */
  repeat(send: Send): void {
    for (const [id, call] of this.#calls) {
      call.isSent = true;
      send(call.kind, id, call.text, call.bytes);
    }
  }

  /** The keeper is silent: those who would rather know fail. A stop that was sent is carried out all the same. */
  giveUp(error: AgentError): void {
    this.#failWhere(
      ({ kind }) => !PATIENT.has(kind),
      () => error,
    );
  }

  /** Nobody will answer these any more. */
  failAll(why: (isSent: boolean) => Error): void {
    this.#failWhere(
      () => true,
      ({ isSent }) => why(isSent),
    );
  }

  #failWhere(matches: (call: Call) => boolean, why: (call: Call) => Error): void {
    for (const [id, call] of this.#calls) {
      if (!matches(call)) continue;
      this.#calls.delete(id);
      call.onFailure(why(call));
    }
  }
}

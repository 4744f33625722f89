import { parseJson } from '../base/json.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { AcceptedFrame, ErrorFrame, HelloFrame, ResultFrame } from '../protocol/frames.ts';
import { MAX_FRAME_BYTES, MAX_UNANSWERED } from '../protocol/limits.ts';
import { quiet } from './quiet.ts';

export type Resend = 'always' | 'unsent' | 'never';

export interface RequestOptions {
  /**
   * When the connection was lost: `always` sends it again, `unsent` only if it was not sent yet, `never` not even
   * then. What is not sent again rejects as `disconnected`. A function is asked at that moment.
   */
  readonly resend: Resend | (() => Resend);
  /** Goes before everything that waits for its turn: `job.kill`. */
  readonly urgent?: boolean;
  /** Gives up waiting, with the signal's reason. What was sent is not taken back. */
  readonly signal?: AbortSignal | undefined;
  /** It is being sent, maybe again. */
  readonly onSend?: () => void;
  /** The agent made a job of it; may come again after a reconnect. */
  readonly onAccepted?: (frame: AcceptedFrame) => void;
}

interface Request extends RequestOptions {
  readonly text: string;
  readonly resolve: (frame: ResultFrame) => void;
  readonly reject: (error: unknown) => void;
  /** Sent on the present connection. */
  isSent: boolean;
  /** Counts as unanswered there. */
  isCounted: boolean;
  isGivenUp: boolean;
}

/** Of the unanswered frames the agent allows this many are not used: its count may lag behind ours. */
const RESERVE = 64;

/**
 * Pairs commands with their answers by `ref`. Sends no more at once than the agent allows; the others wait in
 * line. Every promise settles: by the answer, the signal, a lost connection or the end.
 */
export class Requests {
  readonly #send: (text: string) => void;
  readonly #open = new Map<number, Request>();
  /** Refs that wait for their turn, in order. */
  readonly #waiting = new Set<number>();
  #isUp = false;
  #closed: AgentError | undefined;
  #lastRef = 0;
  #unanswered = 0;
  #window = MAX_UNANSWERED - RESERVE;
  #frameBytes = MAX_FRAME_BYTES;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Sends a command and resolves to its result, refusals included. Errors: AgentError `disconnected`, `bad-command` when it is too large, `bad-frame`; the signal's reason. */
  request(command: object, options: RequestOptions): Promise<ResultFrame> {
    const { promise, resolve, reject } = Promise.withResolvers<ResultFrame>();
    try {
      this.#enter(command, options, resolve, reject);
    } catch (error) {
      reject(error);
    }
    return quiet(promise);
  }

  onUp(hello: HelloFrame): void {
    this.#isUp = true;
    this.#window = Math.max(1, hello.limits.unanswered - RESERVE);
    this.#frameBytes = hello.limits.frame;
    this.#pump();
  }

  /** Everything that was sent is sent again or rejected. */
  onDown(error: AgentError): void {
    this.#isUp = false;
    this.#unanswered = 0;
    for (const [ref, request] of this.#open) {
      if (!survives(request)) {
        this.#open.delete(ref);
        request.reject(new AgentError('disconnected', error.message, { cause: error }));
      }
      request.isSent = false;
      request.isCounted = false;
    }
    // In the order they were asked, before and after the loss.
    this.#waiting.clear();
    for (const ref of this.#open.keys()) this.#waiting.add(ref);
  }

  onClosed(error: AgentError): void {
    this.#closed = error;
    this.#isUp = false;
    this.#waiting.clear();
    const left = [...this.#open.values()];
    this.#open.clear();
    for (const request of left) request.reject(error);
  }

  /** Takes an answer. False when it answers nothing of ours. */
  onFrame(frame: AcceptedFrame | ResultFrame | ErrorFrame): boolean {
    const ref = frame.ref;
    const request = typeof ref === 'number' ? this.#open.get(ref) : undefined;
    if (request === undefined || ref === undefined) return false;
    if (request.isCounted) this.#unanswered -= 1;
    request.isCounted = false;
    if (frame.type === 'accepted') {
      request.onAccepted?.(frame);
    } else {
      this.#open.delete(ref as number);
      if (frame.type === 'result') request.resolve(frame);
      else request.reject(AgentError.fromJSON(frame));
    }
    this.#pump();
    return true;
  }

  #enter(command: object, options: RequestOptions, resolve: Request['resolve'], reject: Request['reject']): void {
    options.signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    this.#lastRef += 1;
    const ref = this.#lastRef;
    const text = JSON.stringify({ ...command, ref });
    this.#checkSize(text);
    checkShape(text);
    const request: Request = { ...options, text, resolve, reject, isSent: false, isCounted: false, isGivenUp: false };
    this.#open.set(ref, request);
    if (options.signal !== undefined) this.#heed(ref, request, options.signal);
    if (options.urgent === true && this.#isUp) this.#transmit(request);
    else this.#waiting.add(ref);
    this.#pump();
  }

  /** A frame over the limit would end the connection, and again after each reconnect. */
  #checkSize(text: string): void {
    if (text.length * 3 <= this.#frameBytes) return;
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#frameBytes)
      throw new AgentError(
        'bad-command',
        `Cannot send the command: it has ${bytes} bytes and may have ${this.#frameBytes}`,
      );
  }

  #heed(ref: number, request: Request, signal: AbortSignal): void {
    const onAbort = (): void => {
      request.isGivenUp = true;
      this.#waiting.delete(ref);
      if (!request.isSent) this.#open.delete(ref);
      request.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const { resolve, reject } = request;
    Object.assign(request, {
      resolve: (frame: ResultFrame) => {
        signal.removeEventListener('abort', onAbort);
        resolve(frame);
      },
      reject: (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    });
  }

  #pump(): void {
    if (!this.#isUp) return;
    for (const ref of this.#waiting) {
      if (this.#unanswered >= this.#window) return;
      this.#waiting.delete(ref);
      const request = this.#open.get(ref);
      if (request !== undefined) this.#transmit(request);
    }
  }

  #transmit(request: Request): void {
    request.isSent = true;
    // The agent counts urgent ones apart.
    request.isCounted = request.urgent !== true;
    if (request.isCounted) this.#unanswered += 1;
    request.onSend?.();
    this.#send(request.text);
  }
}

function survives({ resend, isSent, isGivenUp }: Request): boolean {
  const answer = typeof resend === 'function' ? resend() : resend;
  return !isGivenUp && (answer === 'always' || (answer === 'unsent' && !isSent));
}

/** The answer to a frame that can't be read has no `ref`, so nobody would ever hear of it. */
function checkShape(text: string): void {
  const read = parseJson(text);
  if (read.ok) return;
  const why = read.message.replace('Cannot read JSON: ', '');
  throw new AgentError('bad-command', `Cannot send the command: the agent would not read it: ${why}`);
}

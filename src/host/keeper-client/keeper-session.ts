import { randomUUID } from 'node:crypto';

import type { Clock } from '../../base/clock.ts';
import { parseTrustedJson } from '../../base/json.ts';
import { AgentError, errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { RunSnapshot } from '../launcher.ts';
import { type Frame, keepBytes } from '../keeper/frames.ts';
import { bootId, isKeeperAlive } from '../keeper/keeper-file.ts';
import {
  ASK,
  type Failure,
  type KeeperHello,
  type OpenAnswer,
  type RunNews,
  type RunsPart,
  TELL,
} from '../keeper/protocol.ts';
import { readSlice } from '../keeper/slice-codec.ts';
import { type CallParts, Calls } from './calls.ts';
import type { KeeperLink } from './link.ts';
import { Pulse } from './pulse.ts';
import { KeeperReach, type ReachedKeeper, type ReachOptions, silence } from './reach-keeper.ts';

/** What a keeper has when it was opened. */
export interface OpenedKeeper {
  readonly epoch: string;
  readonly runs: readonly RunSnapshot[];
  readonly hello: KeeperHello;
}

export interface SessionListener {
  /** Opened, for the first time or again; everything told before is in `runs`, everything told later is new. */
  onOpened(opened: OpenedKeeper): void;
  onNews(news: RunNews, slice: OutputSlice | undefined): void;
  /** It began or ended (undefined) that nothing can be started. */
  onTrouble(why: string | undefined): void;
}

/** Requests that may wait for a keeper; what is asked beyond that is refused. */
const MOST_WAITING = 100_000;

/** How many keepers may die while they are being opened before there is something wrong. */
const OPEN_ATTEMPTS = 2;
const DIED = 'The keeper ended when it was to serve this agent';

const CLOSE_MS = 1_000;
const GONE_EVERY_MS = 2;
const RETRY_MS = 500;

/**
 * What an agent has with its keeper, across broken connections and dead keepers: requests, news, and the knowledge
 * whether it answers.
 */
export class KeeperSession {
  readonly #options: ReachOptions;
  readonly #listener: SessionListener;
  readonly #reach: KeeperReach;
  readonly #calls = new Calls();
  readonly #owner = randomUUID();
  readonly #closing = new AbortController();
  #generation = 0;
  #link: KeeperLink | undefined;
  #hello: KeeperHello | undefined;
  #pulse: Pulse | undefined;
  #trouble: string | undefined;
  /** Another agent has the keeper, or it can't be understood: nothing will be well again. */
  #isLost = false;

  constructor(options: ReachOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
    this.#reach = new KeeperReach(options);
  }

  get hello(): KeeperHello | undefined {
    return this.#hello;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Finds or starts the keeper and owns it. One that dies meanwhile is tried once more, or another in its place.
   *
   * Errors: AgentError `keeper-unavailable`, or `forbidden` when a newer agent owns it.
   */
  async open(generation: number): Promise<void> {
    this.#generation = generation;
    const { signal } = this.#closing;
    const onTrouble = (why: string): void => {
      throw inVain(why);
    };
    for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt += 1) {
      if (await this.#own(await this.#reach.reach({ signal, onTrouble }), inVain)) return;
    }
    throw inVain(DIED);
  }

  /** Asks the keeper; waits for one that is being found again. Errors: AgentError `keeper-unavailable` when it would be in vain; FrameError when it is too large. */
  call(parts: CallParts): number {
    if (this.#isLost || this.#isClosing() || this.#calls.size >= MOST_WAITING) throw this.unavailable();
    const link = this.#link;
    return this.#calls.add(
      parts,
      link &&
        ((kind, id, text, bytes) => {
          link.send(kind, id, text, bytes);
        }),
    );
  }

  /** Nobody wants the answer any more. */
  drop(id: number): void {
    this.#calls.drop(id);
  }

  /** Tells the keeper what needs no answer. False when there is no connection. */
  tell(kind: number, request: object): boolean {
    this.#link?.send(kind, 0, JSON.stringify(request));
    return this.#link !== undefined;
  }

  /** The error of whoever asks in vain. */
  unavailable(): AgentError {
    return unavailable(this.#trouble ?? 'there is no connection to it');
  }

  /** Fails everything that waits: those who may have been heard, and those who were not. */
  failCalls(why: (isSent: boolean) => Error): void {
    this.#calls.failAll(why);
  }

  /** Lets go; the keeper and its runs go on. */
  async close(): Promise<void> {
    this.#closing.abort(new AgentError('shutting-down', 'Cannot ask the keeper: the agent is stopping'));
    this.#pulse?.[Symbol.dispose]();
    this.#calls.failAll(() => new AgentError('shutting-down', 'Cannot ask the keeper: the agent is stopping'));
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    const { clock } = this.#options;
    using _patience = clock.after(CLOSE_MS, () => {
      link.destroy();
    });
    if (!(await link.leave())) link.end();
    else if (this.#hello !== undefined) await isGone(this.#hello, clock);
    await link.closed;
  }

  /** Opens the keeper at the end of a link. What it tells from then on is heard. False when it ended, or let go, before it had answered. */
  async #own({ link, hello }: ReachedKeeper, failure = unavailable): Promise<boolean> {
    const opened = Promise.withResolvers<boolean>();
    const runs: RunSnapshot[] = [];
    const onFrame = (frame: Frame): void => {
      if (frame.kind === TELL.runs) runs.push(...(parseTrustedJson(frame.text) as RunsPart));
      else if (frame.kind === TELL.failed) opened.reject(failureOf(frame));
      else if (frame.kind === TELL.answer) {
        // At once: what comes right behind it is news already.
        this.#onOpened(link, { ...(parseTrustedJson(frame.text) as OpenAnswer), runs, hello });
        opened.resolve(true);
      }
    };
    link.listen({
      onFrame,
      onClose: () => {
        opened.resolve(false);
      },
    });
    link.send(ASK.open, 1, JSON.stringify({ generation: this.#generation, owner: this.#owner }));
    if (link.isClosed) opened.resolve(false);
    const giveUp = (): void => {
      opened.reject(failure(silence(hello.pid)));
    };
    this.#closing.signal.addEventListener('abort', giveUp);
    using _patience = this.#options.clock.after(this.#options.patienceMs, giveUp);
    try {
      return await opened.promise;
    } catch (error) {
      link.destroy();
      throw error;
    } finally {
      this.#closing.signal.removeEventListener('abort', giveUp);
    }
  }

  #onOpened(link: KeeperLink, opened: OpenedKeeper): void {
    this.#link = link;
    this.#hello = opened.hello;
    link.listen({
      onFrame: (frame) => {
        this.#onFrame(frame);
      },
      onClose: () => {
        this.#onClose(link);
      },
    });
    this.#watch();
    this.#setTrouble(undefined);
    this.#listener.onOpened(opened);
    this.#calls.repeat((kind, id, text, bytes) => {
      link.send(kind, id, text, bytes);
    });
  }

  #onFrame(frame: Frame): void {
    this.#pulse?.beat();
    if (frame.kind === TELL.answer || frame.kind === TELL.failed) {
      this.#calls.answer(frame);
      return;
    }
    if (frame.kind !== TELL.news) return;
    const news = parseTrustedJson(frame.text) as RunNews;
    this.#listener.onNews(news, news.early && readSlice(news.early, keepBytes(frame)));
  }

  #onClose(link: KeeperLink): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#pulse?.[Symbol.dispose]();
    this.#calls.interrupt();
    void this.#comeBack();
  }

  /** Finds the keeper again, or another, however long it takes. Never rejects. */
  async #comeBack(): Promise<void> {
    const { signal } = this.#closing;
    const onTrouble = (why: string): void => {
      this.#setTrouble(why);
    };
    while (!this.#isClosing()) {
      try {
        if (await this.#own(await this.#reach.reach({ signal, onTrouble }))) return;
        this.#setTrouble(DIED);
      } catch (error) {
        if (this.#isClosing()) return;
        this.#setTrouble(errorMessage(error));
        if (isAgentError(error) && error.code === 'forbidden') {
          this.#isLost = true;
          this.#calls.failAll(() => this.unavailable());
          return;
        }
      }
      await new Promise<void>((resolve) => {
        this.#options.clock.after(RETRY_MS, resolve);
      });
    }
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #watch(): void {
    this.#pulse?.[Symbol.dispose]();
    this.#pulse = new Pulse({
      clock: this.#options.clock,
      patienceMs: this.#options.patienceMs,
      onAsk: () => {
        this.#link?.send(ASK.ping, 0);
      },
      onSilent: () => {
        this.#setTrouble(silence(this.#hello?.pid));
      },
      onAlive: () => {
        this.#setTrouble(undefined);
      },
    });
  }

  #setTrouble(why: string | undefined): void {
    if (why === this.#trouble) return;
    this.#trouble = why;
    if (why !== undefined) this.#calls.giveUp(this.unavailable());
    this.#listener.onTrouble(why);
  }
}

/** Resolves when a keeper that ends has ended, so that nothing is left behind. */
async function isGone({ pid, startTime }: KeeperHello, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + CLOSE_MS;
  while (isKeeperAlive({ pid, startTime, boot: bootId() }) && clock.monotonic() < deadline) {
    await new Promise<void>((resolve) => clock.after(GONE_EVERY_MS, resolve));
  }
}

function failureOf(frame: Frame): AgentError {
  return AgentError.fromJSON(parseTrustedJson(frame.text) as Failure);
}

/** The error of an agent that can't start. */
function inVain(why: string): AgentError {
  return unavailable(`${why}; "corex doctor" tells what can be done`);
}

function unavailable(why: string): AgentError {
  return new AgentError('keeper-unavailable', `Cannot use the keeper: ${why}`);
}

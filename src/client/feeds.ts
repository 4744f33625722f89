import { AgentError } from '../protocol/agent-error.ts';

/** Calls a built-in; rejects as `disconnected` when the present connection is lost, and is never sent again. */
type CallOnce = (name: string, args: object) => Promise<unknown>;

/** Whoever follows something over all connections of a client. */
export interface FeedFollower<Frame> {
  /** There is a connection. Never rejects. */
  onUp(): Promise<void>;
  onDown(): void;
  onFrame(frame: Frame): void;
  /** It can't go on. */
  fail(error: AgentError): void;
}

/** What the agent answers to who begins to follow. */
export interface FeedAnswer {
  readonly handle: number;
  /** Of resources: where it began. */
  readonly bookmark?: string;
}

/** The commands that begin and end it. */
const COMMANDS = {
  logger: { begin: 'logger.subscribe', end: 'logger.unsubscribe' },
  state: { begin: 'state.watch', end: 'state.unwatch' },
} as const;

/** Frames of a handle whose answer is still on its way may come first; more than this is not believable. */
const MOST_EARLY_FRAMES = 1000;

/** Everybody of a client who follows one sort of thing, and whose frames are whose on the present connection. */
export class Feeds<Frame extends { readonly handle: number }, Follower extends FeedFollower<Frame>> {
  readonly #callOnce: CallOnce;
  readonly #commands: { readonly begin: string; readonly end: string };
  readonly #all = new Set<Follower>();
  readonly #byHandle = new Map<number, Follower>();
  #early: Frame[] = [];
  #asking = 0;
  #isUp = false;

  constructor(callOnce: CallOnce, sort: keyof typeof COMMANDS) {
    this.#callOnce = callOnce;
    this.#commands = COMMANDS[sort];
  }

  /** Lets somebody follow, as soon as there is a connection; the command is sent at once where there is one. */
  start(follower: Follower): Follower {
    this.#all.add(follower);
    if (this.#isUp) void follower.onUp();
    return follower;
  }

  onUp(): void {
    this.#isUp = true;
    for (const follower of this.#all) void follower.onUp();
  }

  onDown(): void {
    this.#isUp = false;
    this.#byHandle.clear();
    this.#early = [];
    for (const follower of this.#all) follower.onDown();
  }

  onClosed(error: AgentError): void {
    for (const follower of [...this.#all]) follower.fail(error);
  }

  onFrame(frame: Frame): void {
    const follower = this.#byHandle.get(frame.handle);
    if (follower !== undefined) follower.onFrame(frame);
    else if (this.#asking > 0 && this.#early.length < MOST_EARLY_FRAMES) this.#early.push(frame);
  }

  /** The agent can't go on with it. False when there is none of this handle. */
  onRefused(handle: number | undefined, error: AgentError): boolean {
    const follower = this.#byHandle.get(handle ?? 0);
    follower?.fail(error);
    return follower !== undefined;
  }

  /** Errors: AgentError of the refusal, `disconnected`. `onBegun` is called before the first frame is given. */
  async subscribe(args: object, follower: Follower, onBegun?: (answer: FeedAnswer) => void): Promise<FeedAnswer> {
    this.#asking += 1;
    try {
      const answer = readAnswer(await this.#callOnce(this.#commands.begin, args));
      const { handle } = answer;
      this.#byHandle.set(handle, follower);
      onBegun?.(answer);
      for (const frame of this.#early) if (frame.handle === handle) follower.onFrame(frame);
      this.#early = this.#early.filter((frame) => frame.handle !== handle);
      return answer;
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0) this.#early = [];
    }
  }

  async unsubscribe(handle: number): Promise<void> {
    this.#byHandle.delete(handle);
    await this.#callOnce(this.#commands.end, { handle });
  }

  remove(follower: Follower): void {
    this.#all.delete(follower);
  }
}

function readAnswer(answer: unknown): FeedAnswer {
  const { handle, bookmark } = (answer ?? {}) as { handle?: unknown; bookmark?: unknown };
  if (typeof handle === 'number') return { handle, ...(typeof bookmark === 'string' ? { bookmark } : {}) };
  throw new AgentError('internal', 'Cannot follow: the agent answered without a handle');
}

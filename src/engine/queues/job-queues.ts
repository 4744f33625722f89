/**
 * Who may run now. A job with a queue waits for its place there, then every job that takes one waits
 * for one of the agent's slots. A job holds both only while a run is active, so nothing that runs ever
 * waits for something that waits: there is no deadlock by construction.
 */
import PQueue from 'p-queue';
import { AgentError } from '../../protocol/agent-error.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { QueueInfo } from '../../protocol/job-info.ts';
import type { QueueAccess } from '../job-access.ts';
import { JobLine } from './job-line.ts';

/** Before everybody. */
const HELD_PRIORITY = Number.MAX_SAFE_INTEGER;
/** How many waiting ids `list` shows. */
const LISTED_IDS = 100;

export interface QueueSettings {
  /** Jobs that may be active at once. Default 1. */
  readonly width?: number;
  /** Jobs that may wait; more are refused. Default: as many as the agent takes. */
  readonly limit?: number;
  readonly paused?: boolean;
}

export interface Admission {
  readonly id: string;
  readonly queue: string | undefined;
  readonly priority: number;
  readonly takesSlot: boolean;
}

/** A job's place in line. */
export interface Ticket {
  /** It could start at once: its turn had begun before `enter` returned. */
  readonly immediate: boolean;
  /** Gives the place up; does nothing once its turn has begun. */
  leave(): void;
  /** Moves behind the last of this priority, in whichever line it stands. */
  setPriority(priority: number): void;
}

/** Those that are active, and the line of those that wait for it. */
interface Tasks {
  readonly line: JobLine;
  readonly tasks: PQueue<JobLine>;
}

interface NamedQueue extends Tasks {
  limit: number | undefined;
  /** Named in the configuration or set by a command: kept when it is empty. */
  kept: boolean;
}

export class JobQueues implements QueueAccess {
  readonly #queues = new Map<string, NamedQueue>();
  readonly #slots: Tasks;
  #held = true;
  readonly #pausedByUser = new Set<string>();

  /** Nothing starts before {@link open}. `running`: the agent's slots. */
  constructor(options: { readonly running: number; readonly queues?: Readonly<Record<string, QueueSettings>> }) {
    this.#slots = makeTasks(options.running);
    for (const [name, settings] of Object.entries(options.queues ?? {})) {
      this.set(name, settings);
      if (settings.paused === true) this.pause(name);
    }
  }

  /** Jobs that hold a slot now. */
  get active(): number {
    return this.#slots.tasks.pending;
  }

  /** Lets jobs start: adopted runs hold their places by now. */
  open(): void {
    this.#held = false;
    // Queues first: their adopted runs must be in line for a slot before the first slot is given.
    for (const [name, queue] of this.#queues) if (!this.#pausedByUser.has(name)) queue.tasks.start();
    this.#slots.tasks.start();
  }

  /** Nothing more starts. Used when the agent stops. */
  shut(): void {
    this.#held = true;
    this.#slots.tasks.pause();
    for (const queue of this.#queues.values()) queue.tasks.pause();
  }

  /** Refuses when the queue takes no more. Errors: AgentError `too-many`. */
  assertRoom(name: string): void {
    const queue = this.#queues.get(name);
    if (queue?.limit === undefined || queue.tasks.size < queue.limit) return;
    throw new AgentError(
      'too-many',
      `Cannot queue the job: "${name}" holds ${queue.tasks.size} waiting jobs, its limit is ${queue.limit}`,
    );
  }

  /** Gets in line. `turn` is called when the job may run, and holds its place until it resolves; it never rejects. */
  enter(admission: Admission, turn: () => Promise<void>): Ticket {
    const { id, queue: name, takesSlot } = admission;
    const giveUp = new AbortController();
    const { signal } = giveUp;
    let { priority } = admission;
    let begun = false;
    const begin = (): Promise<void> => {
      begun = true;
      return turn();
    };
    const takeSlot = (): Promise<void> =>
      takesSlot ? this.#slots.tasks.add(begin, { id, priority, signal }) : begin();
    const done = name === undefined ? takeSlot() : this.#queue(name).tasks.add(takeSlot, { id, priority, signal });
    void done.catch(() => undefined).finally(() => this.#dropIfIdle(name));
    return {
      immediate: begun,
      leave: () => {
        if (!begun) giveUp.abort();
      },
      setPriority: (wanted) => {
        priority = wanted;
        if (begun) return;
        const lines = [name === undefined ? undefined : this.#queues.get(name), this.#slots];
        lines.find((tasks) => tasks?.line.has(id))?.line.setPriority(id, wanted);
      },
    };
  }

  /** An adopted run, which runs already, holds its places until `ended` resolves, however many there are. Call before {@link open}. */
  hold({ queue: name, takesSlot }: Admission, ended: Promise<void>): void {
    if (takesSlot) void holdIn(this.#slots, ended);
    if (name !== undefined) void holdIn(this.#queue(name), ended).finally(() => this.#dropIfIdle(name));
  }

  list(): QueueInfo[] {
    return [...this.#queues.keys()].sort().map((name) => this.#info(name));
  }

  set(name: string, settings: { readonly width?: number; readonly limit?: number | null }): QueueInfo {
    const queue = this.#queue(name);
    queue.kept = true;
    if (settings.width !== undefined) queue.tasks.concurrency = settings.width;
    if (settings.limit !== undefined) queue.limit = settings.limit ?? undefined;
    return this.#info(name);
  }

  pause(name: string): QueueInfo {
    const queue = this.#known(name);
    this.#pausedByUser.add(name);
    queue.tasks.pause();
    return this.#info(name);
  }

  resume(name: string): QueueInfo {
    const queue = this.#known(name);
    this.#pausedByUser.delete(name);
    if (!this.#held) queue.tasks.start();
    const info = this.#info(name);
    this.#dropIfIdle(name);
    return info;
  }

  /** Jobs waiting for a slot or a place in a queue. */
  get waiting(): number {
    let waiting = this.#slots.line.size;
    for (const queue of this.#queues.values()) waiting += queue.line.size;
    return waiting;
  }

  #queue(name: string): NamedQueue {
    const existing = this.#queues.get(name);
    if (existing !== undefined) return existing;
    const queue: NamedQueue = { ...makeTasks(1), limit: undefined, kept: false };
    if (!this.#held) queue.tasks.start();
    this.#queues.set(name, queue);
    return queue;
  }

  #known(name: string): NamedQueue {
    const queue = this.#queues.get(name);
    if (queue !== undefined) return queue;
    const nearest = nearestName(name, this.#queues.keys());
    const hint = nearest === undefined ? 'none of this name is configured or in use' : `did you mean "${nearest}"?`;
    throw new AgentError('unknown-queue', `Cannot find the queue "${name}": ${hint}`);
  }

  #info(name: string): QueueInfo {
    const queue = this.#known(name);
    return {
      name,
      width: queue.tasks.concurrency,
      ...(queue.limit === undefined ? {} : { limit: queue.limit }),
      paused: this.#pausedByUser.has(name),
      active: queue.tasks.pending,
      waiting: queue.line.size,
      jobs: queue.line.ids(LISTED_IDS),
    };
  }

  /** A queue that exists only because a job named it goes with its last job. */
  #dropIfIdle(name: string | undefined): void {
    const queue = name === undefined ? undefined : this.#queues.get(name);
    if (name === undefined || queue === undefined || queue.kept || this.#pausedByUser.has(name)) return;
    if (queue.tasks.pending === 0 && queue.line.size === 0) this.#queues.delete(name);
  }
}

/** Takes a place at once, also beyond the width and while nothing may start. */
function holdIn({ tasks }: Tasks, ended: Promise<void>): Promise<void> {
  const { concurrency, isPaused } = tasks;
  // One more than are active: of those in line only the first starts, which is this one.
  tasks.concurrency = tasks.pending + 1;
  const held = tasks.add(() => ended, { priority: HELD_PRIORITY });
  tasks.start();
  if (isPaused) tasks.pause();
  tasks.concurrency = concurrency;
  return held;
}

function makeTasks(width: number): Tasks {
  const lines: JobLine[] = [];
  // p-queue makes its line itself, from a class; this one tells which it made, so that it can be listed.
  class ToldLine extends JobLine {
    constructor() {
      super();
      lines.push(this);
    }
  }
  const tasks = new PQueue<JobLine>({ concurrency: width, autoStart: false, queueClass: ToldLine });
  const [line] = lines;
  if (line === undefined) throw new TypeError('Cannot make a queue: p-queue made no line');
  return { line, tasks };
}

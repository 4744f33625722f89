/**
 * Who may run now. A job with a queue waits for its place there, then every job that takes one waits
 * for one of the agent's slots. A job holds both only while a run is active, so nothing that runs ever
 * waits for something that waits: there is no deadlock by construction.
 */
import { AgentError } from '../../protocol/agent-error.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { Clock } from '../../base/clock.ts';
import type { QueueInfo } from '../../protocol/job-info.ts';
import { writeRate } from '../../protocol/rate.ts';
import type { Rate } from '../../protocol/rate.ts';
import { JobGroups } from './job-groups.ts';
import type { QueueChange, QueueSettings } from './queue-settings.ts';
import { RateLimiter } from './rate-limiter.ts';
import { holdIn, makeTasks } from './tasks.ts';
import type { Tasks } from './tasks.ts';
import { Ticket } from './ticket.ts';
import type { Admission, Lines } from './ticket.ts';

/** How many waiting ids `list` shows. */
const LISTED_IDS = 100;

/** Told when a queue's settings were changed, or who is in it. */
export type QueueListener = (queue: { readonly name: string; info(): QueueInfo | undefined }) => void;

interface NamedQueue extends Tasks {
  limit: number | undefined;
  limiter: RateLimiter | undefined;
  /** Named in the configuration or set by a command: kept when it is empty. */
  kept: boolean;
}

export class JobQueues {
  readonly #queues = new Map<string, NamedQueue>();
  readonly #slots: Tasks;
  /** Jobs of batches wait here first. */
  readonly groups = new JobGroups();
  readonly #clock: Clock;
  #held = true;
  readonly #pausedByUser = new Set<string>();
  readonly #onChange: QueueListener;
  readonly #lines: Lines = {
    groupLine: ({ id, group }) => (group === undefined ? undefined : this.groups.lineOf(group.name, id)),
    line: (admission) => {
      const { id, queue: name } = admission;
      const inGroup = this.#lines.groupLine(admission);
      if (inGroup !== undefined) return inGroup;
      const lines = [name === undefined ? undefined : this.#queues.get(name)?.line, this.#slots.line];
      return lines.find((line) => line?.has(id));
    },
    changed: (name) => {
      this.#changed(name);
    },
  };

  /** Nothing starts before {@link open}. `running`: the agent's slots. */
  constructor(options: {
    readonly running: number;
    readonly clock: Clock;
    readonly queues?: Readonly<Record<string, QueueSettings>>;
    readonly onChange?: QueueListener;
  }) {
    this.#onChange = options.onChange ?? ((): void => undefined);
    this.#clock = options.clock;
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
    for (const [name, queue] of this.#queues) this.#startOrPause(name, queue);
    this.groups.open();
    this.#slots.tasks.start();
  }

  /** Nothing more starts. Used when the agent stops. */
  shut(): void {
    this.#held = true;
    this.#slots.tasks.pause();
    this.groups.shut();
    for (const queue of this.#queues.values()) {
      queue.tasks.pause();
      queue.limiter?.[Symbol.dispose]();
    }
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
    const { queue: name, group } = admission;
    const ticket = new Ticket(admission, turn, this.#lines);
    const done =
      group === undefined
        ? this.#takePlace(ticket)
        : this.groups.enter(group, () => this.#takePlace(ticket), ticket.place);
    if (name !== undefined) void done.finally(() => this.#left(name));
    this.#changed(name);
    return ticket.giveOut();
  }

  /** An adopted run, which runs already, holds its places until `ended` resolves, however many there are. Call before {@link open}. */
  hold({ queue: name, takesSlot, group }: Admission, ended: Promise<void>): void {
    if (group !== undefined) this.groups.hold(group, ended);
    if (takesSlot) void holdIn(this.#slots, ended);
    if (name !== undefined) void holdIn(this.#queue(name), ended).finally(() => this.#left(name));
    this.#changed(name);
  }

  /** Errors: AgentError `unknown-queue`. */
  info(name: string): QueueInfo {
    const queue = this.#known(name);
    return {
      name,
      width: queue.tasks.concurrency,
      ...(queue.limit === undefined ? {} : { limit: queue.limit }),
      ...(queue.limiter === undefined ? {} : { rate: writeRate(queue.limiter.rate), burst: queue.limiter.burst }),
      paused: this.#pausedByUser.has(name),
      active: queue.tasks.pending,
      waiting: queue.line.size,
      jobs: queue.line.ids(LISTED_IDS),
    };
  }

  list(): QueueInfo[] {
    return [...this.#queues.keys()].sort().map((name) => this.info(name));
  }

  set(name: string, { width, limit, rate, burst }: QueueChange): QueueInfo {
    const queue = this.#queue(name);
    queue.kept = true;
    if (limit !== undefined) queue.limit = limit ?? undefined;
    if (rate !== undefined || burst !== undefined) this.#limitRate(name, queue, rate, burst);
    if (width !== undefined) queue.tasks.concurrency = width;
    this.#changed(name);
    return this.info(name);
  }

  pause(name: string): QueueInfo {
    const queue = this.#known(name);
    this.#pausedByUser.add(name);
    this.#startOrPause(name, queue);
    this.#changed(name);
    return this.info(name);
  }

  resume(name: string): QueueInfo {
    const queue = this.#known(name);
    this.#pausedByUser.delete(name);
    this.#startOrPause(name, queue);
    const info = this.info(name);
    this.#left(name);
    return info;
  }

  /** Jobs waiting for a slot or a place in a queue. */
  get waiting(): number {
    let waiting = this.#slots.line.size;
    for (const queue of this.#queues.values()) waiting += queue.line.size;
    return waiting;
  }

  #changed(name: string | undefined): void {
    if (name === undefined) return;
    this.#onChange({ name, info: () => (this.#queues.has(name) ? this.info(name) : undefined) });
  }

  #queue(name: string): NamedQueue {
    const existing = this.#queues.get(name);
    if (existing !== undefined) return existing;
    const queue: NamedQueue = { ...makeTasks(1), limit: undefined, limiter: undefined, kept: false };
    this.#startOrPause(name, queue);
    this.#queues.set(name, queue);
    return queue;
  }

  #startOrPause(name: string, { tasks, limiter }: NamedQueue): void {
    if (this.#held || this.#pausedByUser.has(name) || limiter?.isSpent === true) tasks.pause();
    else tasks.start();
  }

  /** A place in its queue, if it has one, and then a slot, if it takes one: each once its turn comes. */
  #takePlace(ticket: Ticket): Promise<void> {
    const { queue: name } = ticket.admission;
    if (ticket.hasLeft || name === undefined) return this.#takeSlot(ticket);
    const queue = this.#queue(name);
    return queue.tasks.add(() => {
      if (ticket.hasLeft) return Promise.resolve();
      this.#changed(name);
      queue.limiter?.take();
      if (queue.limiter?.isSpent === true) queue.tasks.pause();
      return this.#takeSlot(ticket);
    }, ticket.place);
  }

  #takeSlot(ticket: Ticket): Promise<void> {
    if (ticket.hasLeft || !ticket.admission.takesSlot) return ticket.begin();
    return this.#slots.tasks.add(() => ticket.begin(), ticket.place);
  }

  #limitRate(name: string, queue: NamedQueue, rate: Rate | null | undefined, burst: number | undefined): void {
    const before = queue.limiter;
    const next = rate === undefined ? before?.rate : rate;
    before?.[Symbol.dispose]();
    queue.limiter =
      next === null || next === undefined
        ? undefined
        : new RateLimiter(next, burst ?? before?.burst ?? 1, this.#clock, () => {
            this.#startOrPause(name, queue);
          });
    this.#startOrPause(name, queue);
  }

  #known(name: string): NamedQueue {
    const queue = this.#queues.get(name);
    if (queue !== undefined) return queue;
    const nearest = nearestName(name, this.#queues.keys());
    const hint = nearest === undefined ? 'none of this name is configured or in use' : `did you mean "${nearest}"?`;
    throw new AgentError('unknown-queue', `Cannot find the queue "${name}": ${hint}`);
  }

  /** A queue that exists only because a job named it goes with its last job. */
  #left(name: string | undefined): void {
    if (name === undefined) return;
    const queue = this.#queues.get(name);
    const isNeeded = queue?.kept === true || this.#pausedByUser.has(name);
    if (!isNeeded && queue?.tasks.pending === 0 && queue.line.size === 0) this.#queues.delete(name);
    this.#changed(name);
  }
}

import type { QueueInfo } from '../protocol/job-info.ts';
import type { Session } from './session.ts';

/** What can be set of a queue; what is missing stays as it is. */
export interface QueueSettings {
  /** Jobs that may be active at once; 1 for a new queue. */
  readonly width?: number;
  /** Jobs that may wait; null takes the limit away. */
  readonly limit?: number | null;
  /** Runs that may start in a time: `10/s`, `90/m`, `1.5/h`; null takes the limit away. */
  readonly rate?: string | null;
  /** Runs that may start at once when none did for a while, with a rate; 1 for a new rate. */
  readonly burst?: number;
}

const AGAIN = { idempotent: true } as const;

/** What a client may ask about queues. Errors are AgentErrors. */
export class QueuesApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  list(): Promise<QueueInfo[]> {
    return this.#session.call('queue.list', undefined, AGAIN) as Promise<QueueInfo[]>;
  }

  /** Sets what is given, for this agent and the next; makes the queue when it does not exist. */
  set(name: string, settings: QueueSettings): Promise<QueueInfo> {
    return this.#session.call('queue.set', { name, ...settings }, AGAIN) as Promise<QueueInfo>;
  }

  /** Nothing more starts from it; what runs goes on. Errors: `unknown-queue`. */
  pause(name: string): Promise<QueueInfo> {
    return this.#session.call('queue.pause', { name }, AGAIN) as Promise<QueueInfo>;
  }

  /** Jobs start from it again. Errors: `unknown-queue`. */
  resume(name: string): Promise<QueueInfo> {
    return this.#session.call('queue.resume', { name }, AGAIN) as Promise<QueueInfo>;
  }
}

import type { QueueInfo } from '../../protocol/job-info.ts';
import { parseRate } from '../../protocol/rate.ts';
import type { QueueAccess } from '../job-access.ts';
import type { JobStore, KeptQueue } from '../job-store.ts';
import type { JobQueues } from './job-queues.ts';
import type { QueueChange } from './queue-settings.ts';

/** The queues as callers have them: what they set is stored, so that the next agent has it, too. */
export class KeptQueues implements QueueAccess {
  readonly #queues: JobQueues;
  readonly #store: Pick<JobStore, 'keepQueue'>;

  constructor(queues: JobQueues, store: Pick<JobStore, 'keepQueue'>) {
    this.#queues = queues;
    this.#store = store;
  }

  /** Sets what was set under an agent before this one, but for queues the configuration names: there it has the say. */
  restore(kept: readonly KeptQueue[], configured: readonly string[]): void {
    for (const { name, width, limit, rate, burst } of kept) {
      if (configured.includes(name)) continue;
      const parsed = rate === undefined ? undefined : parseRate(rate);
      this.#queues.set(name, {
        width,
        ...(limit === undefined ? {} : { limit }),
        ...(parsed === undefined ? {} : { rate: parsed }),
        ...(burst === undefined ? {} : { burst }),
      });
    }
  }

  list(): QueueInfo[] {
    return this.#queues.list();
  }

  async set(name: string, change: QueueChange): Promise<QueueInfo> {
    const { width, limit, rate, burst } = this.#queues.set(name, change);
    await this.#store.keepQueue({
      name,
      width,
      ...(limit === undefined ? {} : { limit }),
      ...(rate === undefined ? {} : { rate }),
      ...(burst === undefined ? {} : { burst }),
    });
    return this.#queues.info(name);
  }

  pause(name: string): QueueInfo {
    return this.#queues.pause(name);
  }

  resume(name: string): QueueInfo {
    return this.#queues.resume(name);
  }
}

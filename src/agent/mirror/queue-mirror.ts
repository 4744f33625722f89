import type { HandledQueue, Handler } from '../../engine/handlers.ts';
import { type QueueSpec, queueSpecOf } from './queues-resource.ts';
import type { Shelf } from './shelf.ts';

/** Shows queues as resources, as jobs are: see JobMirror. `onChange`: there is something to show. */
export class QueueMirror {
  readonly #shelf: Shelf<QueueSpec>;
  readonly #onChange: () => void;
  readonly #changed = new Map<string, HandledQueue>();

  constructor(shelf: Shelf<QueueSpec>, onChange: () => void) {
    this.#shelf = shelf;
    this.#onChange = onChange;
  }

  /** Of the engine; registered before it starts. Queues that are there then are told by {@link found}. */
  get handler(): Handler {
    return {
      name: 'mirror of queues',
      queued: (queue) => {
        this.found(queue);
      },
    };
  }

  found(queue: HandledQueue): void {
    this.#changed.set(queue.name, queue);
    this.#onChange();
  }

  /** Errors: those of the state. */
  async show(): Promise<void> {
    for (const [name, queue] of this.#changed) {
      this.#changed.delete(name);
      const info = queue.info();
      if (info === undefined) await this.#shelf.remove(name);
      else await this.#shelf.put(name, queueSpecOf(info));
    }
  }
}

import type { Loaded, Persistence, StoredChange, StoredResource } from '../../src/state/persistence.ts';
import { kindKey, pointerKey } from '../../src/state/resource.ts';

/** Keeps in memory what is written, over several lives of a backend; writes fail when told to. */
export class FakePersistence implements Persistence {
  readonly resources = new Map<string, StoredChange>();
  readonly changes: StoredChange[] = [];
  /** The next writes fail with these. */
  readonly failures: Error[] = [];
  /** How many changes each write had. */
  readonly writes: number[] = [];
  #generation = 0;

  async load(found: (resource: StoredResource) => void): Promise<Loaded> {
    this.#generation += 1;
    for (const resource of this.resources.values()) found(resource);
    const kinds = new Map(this.changes.map((change) => [kindKey(change.pointer), change.pointer]));
    return {
      past: [...kinds.values()].map((kind) => ({
        kind,
        complete: 0,
        changes: this.changes.filter(({ pointer }) => kindKey(pointer) === kindKey(kind)),
      })),
      log: new Uint8Array(8).fill(1),
      generation: this.#generation,
    };
  }

  async write(changes: readonly StoredChange[]): Promise<void> {
    this.writes.push(changes.length);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    for (const change of changes) {
      this.changes.push(change);
      if (change.type === 'destroyed') this.resources.delete(pointerKey(change.pointer));
      else this.resources.set(pointerKey(change.pointer), change);
    }
  }

  async close(): Promise<void> {
    // It is opened again in the next life.
  }
}

import type { ResourceHappening, ResourceValue } from './resource-value.ts';

/**
 * Makes of contents that are told a second time, because the connection was lost in the middle of the first, what is
 * new to who heard the beginning.
 */
export class ContentsAgain {
  /** What was told so far, by id. */
  #told = new Map<string, ResourceValue>();
  #again: Set<string> | undefined;

  /** They are told from the beginning once more. */
  restart(): void {
    this.#again = new Set();
  }

  /** What an event means to who heard all before. */
  take(event: ResourceHappening): ResourceHappening[] {
    if (event.type === 'created') return this.#take(event);
    if (event.type !== 'bootstrapped') return [event];
    const again = this.#again;
    const gone = again === undefined ? [] : [...this.#told].filter(([id]) => !again.has(id));
    this.#told = new Map();
    this.#again = undefined;
    return [...gone.map(([id, resource]): ResourceHappening => ({ type: 'destroyed', id, resource })), event];
  }

  #take(event: ResourceHappening & { readonly type: 'created' }): ResourceHappening[] {
    const { resource } = event;
    const { id, uid, version } = resource.metadata;
    const before = this.#told.get(id);
    this.#told.set(id, resource);
    this.#again?.add(id);
    if (before === undefined) return [event];
    if (before.metadata.uid !== uid) return [{ type: 'destroyed', id, resource: before }, event];
    return before.metadata.version === version ? [] : [{ type: 'updated', resource, old: before }];
  }
}

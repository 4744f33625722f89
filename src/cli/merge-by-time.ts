import { setTimeout as delay } from 'node:timers/promises';

/** An item with the number of the source it is from. */
export interface Sourced<Item> {
  readonly source: number;
  readonly item: Item;
}

/** A source that gives nothing for so long has told its past; what it gives later comes as it arrives. */
const PATIENCE_MS = 300;

interface Source<Item> {
  readonly number: number;
  readonly items: AsyncIterator<Item, unknown>;
  ready: { readonly item: Item } | undefined;
  /** Of the last item that had one. */
  time: number;
  isAsked: boolean;
  isOver: boolean;
  /** Nobody waits for it any more. */
  isLive: boolean;
}

/**
 * The items of several sources as one stream: what is past in order of time, what comes live as it comes. The items
 * of one source keep their order. Ends when all have ended. Errors: the first of a source.
 */
export async function* mergeByTime<Item>(
  inputs: readonly AsyncIterable<Item>[],
  timeOf: (item: Item) => number | undefined,
  patienceMs = PATIENCE_MS,
): AsyncGenerator<Sourced<Item>> {
  const sources = inputs.map((input, number): Source<Item> => {
    const items = input[Symbol.asyncIterator]();
    return { number, items, ready: undefined, time: 0, isAsked: false, isOver: false, isLive: false };
  });
  const changes = new Changes();
  let failure: { readonly error: unknown } | undefined;
  const ask = (source: Source<Item>): void => {
    if (source.isAsked || source.isOver || source.ready !== undefined) return;
    source.isAsked = true;
    source.items.next().then(
      (result) => {
        source.isAsked = false;
        if (result.done === true) source.isOver = true;
        else {
          source.ready = { item: result.value };
          source.time = timeOf(result.value) ?? source.time;
        }
        changes.tell();
      },
      (error: unknown) => {
        failure ??= { error };
        changes.tell();
      },
    );
  };
  try {
    for (;;) {
      for (const source of sources) ask(source);
      if (failure !== undefined) throw failure.error;
      if (sources.every(({ isOver }) => isOver)) return;
      const awaited = sources.filter(({ ready, isOver, isLive }) => ready === undefined && !isOver && !isLive);
      const next = earliest(sources);
      if (awaited.length > 0) {
        if (!(await changes.wait(patienceMs))) for (const source of awaited) source.isLive = true;
      } else if (next?.ready === undefined) await changes.wait();
      else {
        yield { source: next.number, item: next.ready.item };
        next.ready = undefined;
      }
    }
  } finally {
    for (const { items } of sources) void items.return?.();
  }
}

function earliest<Item>(sources: readonly Source<Item>[]): Source<Item> | undefined {
  let first: Source<Item> | undefined;
  for (const source of sources) {
    if (source.ready !== undefined && (first === undefined || source.time < first.time)) first = source;
  }
  return first;
}

/** Tells one who waits that something has changed, also when it did before he came. */
class Changes {
  #next = Promise.withResolvers<true>();

  tell(): void {
    this.#next.resolve(true);
  }

  /** Resolves to true at the next change, to false when there is none in time. */
  async wait(ms?: number): Promise<boolean> {
    const changed = ms === undefined ? await this.#next.promise : await this.#within(ms);
    if (changed) this.#next = Promise.withResolvers();
    return changed;
  }

  async #within(ms: number): Promise<boolean> {
    const patience = new AbortController();
    const late = delay(ms, false, { signal: patience.signal });
    late.catch(() => undefined);
    const changed = await Promise.race([this.#next.promise, late]);
    patience.abort();
    return changed;
  }
}

/** Watches over a log and what is stored at the moment they begin. */
import type { WatchKindOptions, WatchOptions } from './backend.ts';
import type { StateEvent, Watch } from './event.ts';
import type { EventLog, Happening } from './event-log.ts';
import { compileQuery } from './query.ts';
import { type Kind, type Pointer, pointerOf, type Resource } from './resource.ts';
import { named, StateError } from './state-error.ts';
import { WatchQueue } from './watch-queue.ts';

/** What watches are made of. */
export interface Watchable {
  readonly log: EventLog;
  /** Events one watcher may fall behind. */
  readonly limit: number;
  find(pointer: Pointer): Resource | undefined;
  /** By id. */
  all(kind: Kind): readonly Resource[];
  /** Whoever has to be closed when this ends. */
  readonly open: Set<{ close(): void }>;
}

/** A happening, or what a watch says by itself. */
type Entry = Happening | StateEvent;
interface Taken<Item> {
  readonly item: Item;
  readonly taken: number;
}

/** One watcher may hold on to this much that is stored no more. Several share what they hold. */
const WEIGHING = {
  weight: (entry: Entry): number => ('weight' in entry ? entry.weight : 0),
  limit: 64 * 1024 * 1024,
};

/** Registered when this returns. Errors: StateError, thrown. */
export function watchOne(world: Watchable, pointer: Pointer, options: WatchOptions): Watch {
  const { log } = world;
  checkStart(pointer, options);
  const isOfIt = ({ resource }: Happening): boolean => resource.metadata.id === pointer.id;
  const past = pastOf(log, pointer, options, isOfIt)?.filter(isOfIt);
  const queue = openQueue(world, named(pointer), options, takeOne(log), (put) =>
    log.listen(pointer, (happening) => {
      if (isOfIt(happening)) put(happening);
    }),
  );
  if (past !== undefined) {
    queue.begin(past);
    return queue;
  }
  const stored = world.find(pointer);
  const { namespace, type, id } = pointer;
  queue.begin([
    stored === undefined
      ? { type: 'destroyed', pointer: { namespace, type, id } }
      : { type: 'created', resource: stored },
  ]);
  return queue;
}

/** Registered when this returns. Errors: StateError, thrown. */
export function watchAll(world: Watchable, kind: Kind, options: WatchKindOptions): Watch {
  return watchKindBy(world, kind, options, takeOne(world.log));
}

/** The same, as many at a time as there are. */
export function watchAllAggregated(
  world: Watchable,
  kind: Kind,
  options: WatchKindOptions,
): Watch<readonly StateEvent[]> {
  return watchKindBy(world, kind, options, takeMany(world.log));
}

function watchKindBy<Item>(
  world: Watchable,
  { namespace, type }: Kind,
  options: WatchKindOptions,
  take: (waiting: readonly Entry[], from: number) => Taken<Item>,
): Watch<Item> {
  const { log } = world;
  const kind = { namespace, type };
  checkStart(kind, options);
  if (options.bootstrap === true && (options.tail !== undefined || options.from !== undefined)) {
    throw new StateError(
      'bad-request',
      `Cannot watch ${named(kind)} from its contents and from the past at once`,
      kind,
    );
  }
  const matches = compileQuery(options);
  const seen = (happening: Happening): Entry | undefined =>
    matches === undefined ? happening : rewritten(happening, matches);
  const past = pastOf(log, kind, options);
  const queue = openQueue(world, named(kind), options, take, (put) =>
    log.listen(kind, (happening) => {
      const entry = seen(happening);
      if (entry !== undefined) put(entry);
    }),
  );
  const bookmark = log.bookmark(log.positionOf(kind));
  const contents = options.bootstrap === true ? world.all(kind) : [];
  const wanted = matches === undefined ? contents : contents.filter(matches);
  queue.begin([
    ...wanted.map((resource): Entry => ({ type: 'created', resource })),
    ...(options.bootstrap === true ? [{ type: 'bootstrapped', kind, bookmark } as const] : []),
    ...(options.bootstrapBookmark === true ? [{ type: 'noop', kind, bookmark } as const] : []),
    ...(past ?? []).flatMap((happening) => seen(happening) ?? []),
  ]);
  return queue;
}

function openQueue<Item>(
  { limit, open }: Watchable,
  what: string,
  { signal }: WatchOptions,
  take: (waiting: readonly Entry[], from: number) => Taken<Item>,
  listen: (put: (entry: Entry) => void) => Disposable,
): WatchQueue<Entry, Item> {
  const onClose = (): void => {
    listening[Symbol.dispose]();
    open.delete(queue);
  };
  const queue = new WatchQueue<Entry, Item>({ take, onClose, signal, limit, weighing: WEIGHING, what });
  const listening = listen((entry) => {
    queue.put(entry);
  });
  open.add(queue);
  if (signal?.aborted === true) queue.close();
  return queue;
}

function checkStart(subject: Kind & { readonly id?: string }, { tail, from }: WatchOptions): void {
  if (tail !== undefined && from !== undefined) {
    throw new StateError(
      'bad-request',
      `Cannot watch ${named(subject)} from a bookmark and from the newest events at once`,
      subject,
    );
  }
}

/** Undefined when the watch begins in the present. */
function pastOf(
  log: EventLog,
  kind: Kind,
  { tail, from }: WatchOptions,
  matches?: (happening: Happening) => boolean,
): Happening[] | undefined {
  if (from !== undefined) return log.since(kind, from);
  return tail === undefined ? undefined : log.tail(kind, tail, matches);
}

/** To who asks with a query, what begins to match begins to be, and what ceases to ends. */
function rewritten(happening: Happening, matches: (resource: Resource) => boolean): Happening | undefined {
  const { type, resource, old } = happening;
  const does = matches(resource);
  if (type !== 'updated' || old === undefined) return does ? happening : undefined;
  const did = matches(old);
  if (did && does) return happening;
  if (!did && !does) return undefined;
  return { ...happening, type: does ? 'created' : 'destroyed', old: undefined };
}

function eventOf(log: EventLog, entry: Entry): StateEvent {
  if (!('position' in entry)) return entry;
  const { position, type, resource, old } = entry;
  const bookmark = log.bookmark(position);
  if (type === 'destroyed') return { type, pointer: pointerOf(resource), resource, bookmark };
  return type === 'updated' && old !== undefined
    ? { type, resource, old, bookmark }
    : { type: 'created', resource, bookmark };
}

function takeOne(log: EventLog): (waiting: readonly Entry[], from: number) => Taken<StateEvent> {
  return (waiting, from) => {
    const entry = waiting[from];
    if (entry === undefined) throw new RangeError('Nothing waits');
    return { item: eventOf(log, entry), taken: 1 };
  };
}

/** What a watch says by itself at its beginning is told apart from what happened since. */
function takeMany(log: EventLog): (waiting: readonly Entry[], from: number) => Taken<readonly StateEvent[]> {
  return (waiting, from) => {
    const mark = waiting.findIndex(
      (entry, at) => at >= from && (entry.type === 'bootstrapped' || entry.type === 'noop'),
    );
    const until = mark === -1 ? waiting.length : mark + 1;
    return { item: waiting.slice(from, until).map((entry) => eventOf(log, entry)), taken: until - from };
  };
}

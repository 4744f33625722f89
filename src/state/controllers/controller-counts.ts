import type { Backend } from '../backend.ts';
import { findIn } from '../find-in.ts';

/** What one controller did. All grow; the last three are what is so now. */
export interface ControllerCounts {
  crashes: number;
  /** Events it was given. */
  wakeups: number;
  /** Asked of the backend; what the cache answers is not counted. */
  reads: number;
  writes: number;
  /** Of a queue controller: reconciled, skipped, asked for again without a failure, changes mapped, and what they led to. */
  processed: number;
  skips: number;
  requeues: number;
  mappedIn: number;
  mappedOut: number;
  /** Of one that looks at all its inputs: how often, and at how many together. */
  rounds: number;
  roundInputs: number;
  /** Milliseconds. */
  reconcileBusy: number;
  mapBusy: number;
  queueLength: number;
}

export function noControllerCounts(): ControllerCounts {
  return {
    crashes: 0,
    wakeups: 0,
    reads: 0,
    writes: 0,
    processed: 0,
    skips: 0,
    requeues: 0,
    mappedIn: 0,
    mappedOut: 0,
    rounds: 0,
    roundInputs: 0,
    reconcileBusy: 0,
    mapBusy: 0,
    queueLength: 0,
  };
}

/** The backend, with what is asked of it counted. `onWrite` is told of each write. */
export function counted(backend: Backend, counts: ControllerCounts, onWrite: () => void): Backend {
  const read = <Answer>(answer: () => Answer): Answer => {
    counts.reads += 1;
    return answer();
  };
  const write = <Answer>(answer: () => Answer): Answer => {
    counts.writes += 1;
    onWrite();
    return answer();
  };
  return {
    get: (pointer) => read(() => backend.get(pointer)),
    find: (pointer) => read(() => findIn(backend, pointer)),
    list: (kind, query) => read(() => backend.list(kind, query)),
    create: (resource, options) => write(() => backend.create(resource, options)),
    update: (resource, options) => write(() => backend.update(resource, options)),
    destroy: (pointer, options) => write(() => backend.destroy(pointer, options)),
    watch: (pointer, options) => read(() => backend.watch(pointer, options)),
    watchKind: (kind, options) => read(() => backend.watchKind(kind, options)),
    watchKindAggregated: (kind, options) => read(() => backend.watchKindAggregated(kind, options)),
    close: () => backend.close(),
  };
}

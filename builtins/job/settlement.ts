import type { JobResult } from 'corex/builtin';

type Waiter = PromiseWithResolvers<JobResult>;

/** Who waits for which job. Goes with the promise it hangs on. */
const waiters = new WeakMap<Promise<JobResult>, Set<Waiter>>();

/** One who waits for a job to settle. Disposing it means not to wait any more: its promise then never settles. */
export interface Settlement extends Disposable {
  readonly result: Promise<JobResult>;
}

/**
 * Waits for a job's result. However many callers come and give up, one reaction hangs on the job's own
 * promise: a caller who asks again and again about a job that runs for a year costs nothing.
 */
export function awaitSettlement(result: Promise<JobResult>): Settlement {
  const waiter = Promise.withResolvers<JobResult>();
  const all = waiters.get(result) ?? watch(result);
  all.add(waiter);
  return { result: waiter.promise, [Symbol.dispose]: () => void all.delete(waiter) };
}

function watch(result: Promise<JobResult>): Set<Waiter> {
  const all = new Set<Waiter>();
  waiters.set(result, all);
  result.then(
    (value) => {
      for (const waiter of all) waiter.resolve(value);
    },
    (error: unknown) => {
      for (const waiter of all) waiter.reject(error);
    },
  );
  return all;
}

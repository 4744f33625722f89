/**
 * The same promise, for a caller who may not look at it: when it rejects and nobody listens, the process goes on.
 * Everything the client hands out is quiet, since a lost connection must not end a program that no longer cares.
 */
export function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

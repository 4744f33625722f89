/**
 * Stops entries so that each is only asked when all that come after it have ended; those that have nothing to do with
 * each other end at the same time. `order` has each after all it comes after. Rejects with the first that can't be stopped,
 * when all were tried.
 */
export async function stopInReverse(
  order: readonly string[],
  dependantsOf: (id: string) => readonly string[],
  stop: (id: string) => Promise<void>,
): Promise<void> {
  const ended = new Map<string, Promise<void>>();
  for (const id of order.toReversed()) {
    const before = dependantsOf(id).flatMap((dependant) => ended.get(dependant) ?? []);
    ended.set(
      id,
      Promise.allSettled(before).then(() => stop(id)),
    );
  }
  const outcomes = await Promise.allSettled(ended.values());
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

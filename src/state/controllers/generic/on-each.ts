/** Does the same at each event, until there are no more. */
export async function onEach(events: AsyncIterable<void>, act: () => Promise<void>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true) await act();
}

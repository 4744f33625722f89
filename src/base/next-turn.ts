/** Those who wait, in the order they asked. */
const waiting: (() => void)[] = [];

/**
 * Resolves once the event loop has served what was ready. However many wait, one goes on per turn of the
 * loop: work done in slices, with this between them, holds up sockets and timers for one slice at most.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(serveOne);
  });
}

function serveOne(): void {
  const goOn = waiting.shift();
  if (waiting.length > 0) setImmediate(serveOne);
  goOn?.();
}

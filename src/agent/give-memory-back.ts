import { Rest } from '../base/rest.ts';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { giveBackUnusedMemory } from '../host/unused-memory.ts';

const QUIET_MS = 300;
const LATEST_MS = 10_000;

/**
 * Gives memory back after jobs have begun or ended, when it has become quiet, and every ten seconds where it does not.
 * Disposing ends it.
 */
export function giveMemoryBack(
  engine: Pick<Engine, 'addHandler'>,
  clock: Clock,
  giveBack: () => Promise<unknown> = giveBackUnusedMemory,
): Disposable {
  const stack = new DisposableStack();
  const rest = stack.use(new Rest({ clock, quietMs: QUIET_MS, latestMs: LATEST_MS, onRest: () => void giveBack() }));
  const stir = (): void => {
    rest.stir();
  };
  stack.use(engine.addHandler({ name: 'memory', started: stir, result: stir }));
  return stack;
}

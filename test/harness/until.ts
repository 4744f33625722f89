import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** How long to wait before giving up, in milliseconds. @default 30_000 */
  withinMs?: number;
  /** Pause between two looks, in milliseconds. @default 10 */
  everyMs?: number;
}

type Falsy = false | 0 | '' | null | undefined;

/**
 * Looks until `condition` gives something truthy and returns it. A condition that throws is asked again. When time is
 * up it fails, naming `what` was awaited, with the last error as its cause.
 */
export async function until<Answer>(
  what: string,
  condition: () => Answer | Promise<Answer>,
  { withinMs = 30_000, everyMs = 10 }: Patience = {},
): Promise<Exclude<Answer, Falsy>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let trouble: unknown;
    try {
      const answer = await condition();
      if (answer) return answer as Exclude<Answer, Falsy>;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${String(withinMs)} ms in vain until ${what}`, { cause: trouble });
    }
    await sleep(everyMs);
  }
}

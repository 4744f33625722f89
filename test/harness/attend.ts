import { until } from './until.ts';
import type { SurvivalStage } from '../survival/survival-stage.ts';

/** Starts the stage's agent again whenever it died, without faults. */
export function attend(stage: SurvivalStage): Disposable {
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      await stage.revive();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  watching.catch(() => undefined);
  return {
    [Symbol.dispose]: () => {
      isOver = true;
    },
  };
}

/** Does it until it works: what an agent that died had not answered is asked again. */
export async function again<Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> {
  return (await until(what, async () => ({ answer: await work() }), { withinMs: 60_000, everyMs: 50 })).answer;
}

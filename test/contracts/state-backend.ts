import { afterAll, beforeAll, describe, test } from 'vitest';

import type { Backend } from '../../src/state/backend.ts';
import { stateConformance } from '../../src/state/conformance/index.ts';
import { State } from '../../src/state/state.ts';

export interface MadeBackend {
  readonly backend: Backend;
  /** Ends what closing the backend doesn't. */
  readonly dispose?: () => Promise<void>;
}

/** What every backend promises. */
export function describeBackend(name: string, make: () => MadeBackend | Promise<MadeBackend>): void {
  describe(name, () => {
    let made: MadeBackend | undefined;
    let state: State | undefined;
    let namespaces = 0;

    beforeAll(async () => {
      made = await make();
      state = new State(made.backend);
    });

    afterAll(async () => {
      await state?.close();
      await made?.dispose?.();
    });

    for (const { name: title, run } of stateConformance) {
      test(title, async () => {
        if (state === undefined) throw new Error('There is no state to test');
        namespaces += 1;
        await run({ state, namespace: `ns-${String(namespaces)}` });
      });
    }
  });
}

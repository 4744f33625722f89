import { describe, test } from 'vitest';

import { controllerConfigurations, controllerConformance } from '../../src/state/controllers/conformance/index.ts';
import type { RuntimeOptions } from '../../src/state/controllers/runtime.ts';
import type { State } from '../../src/state/state.ts';

export interface MadeState extends AsyncDisposable {
  readonly state: State;
  /** What runtimes over it are made with, beside the configuration. */
  readonly options?: Partial<RuntimeOptions>;
}

/** What controllers can rely on over every state, in every configuration. */
export function describeControllers(name: string, make: () => MadeState | Promise<MadeState>): void {
  describe.each(controllerConfigurations)(`controllers over ${name}, $name`, ({ options, isCached }) => {
    let namespaces = 0;
    for (const { name: title, run } of controllerConformance) {
      test.concurrent(title, async () => {
        await using made = await make();
        namespaces += 1;
        const namespace = `ns-${String(namespaces)}`;
        await run({
          state: made.state,
          namespace,
          options: { random: () => 1, ...made.options, ...options },
          isCached,
        });
      });
    }
  });
}

/**
 * What every backend promises, as cases that any test runner can run: each gets a state over the backend and a namespace
 * of its own, and rejects when a promise isn't kept. Run them over a backend of your own:
 *
 * ```ts
 * for (const { name, run } of stateConformance) test(name, () => run({ state, namespace: freshName() }));
 * ```
 */
import type { ConformanceCase } from './case.ts';
import { storeCases } from './store-cases.ts';
import { watchCases } from './watch-cases.ts';

export type { ConformanceCase, Stage } from './case.ts';

export const stateConformance: readonly ConformanceCase[] = [...storeCases, ...watchCases];

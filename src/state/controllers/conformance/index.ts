/**
 * What controllers can rely on over any backend, as cases that any test runner can run, each in every configuration:
 *
 * ```ts
 * for (const { name, options, isCached } of controllerConfigurations) {
 *   for (const { name: title, run } of controllerConformance) {
 *     test(`${title}, ${name}`, () => run({ state, namespace: freshName(), options: { random: Math.random, ...options }, isCached }));
 *   }
 * }
 * ```
 */
import type { RuntimeOptions } from '../runtime.ts';
import type { ControllerCase } from './case.ts';
import { plainCases } from './plain-cases.ts';
import { queueCases } from './queue-cases.ts';

export type { ControllerCase, ControllerStage } from './case.ts';

export const controllerConformance: readonly ControllerCase[] = [...plainCases, ...queueCases];

/** How runtimes are set up that all cases are to pass with. */
export const controllerConfigurations: readonly {
  readonly name: string;
  readonly options: Partial<RuntimeOptions>;
  readonly isCached: boolean;
}[] = [
  { name: 'as it comes', options: {}, isCached: false },
  { name: 'ten writes a second', options: { writeLimit: { perSecond: 10, burst: 20 } }, isCached: false },
  { name: 'everything cached', options: {}, isCached: true },
];

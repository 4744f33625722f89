// Runs once in the main process of the test suite: names the suite, and fails it when a process of any of its test
// files is alive at the end.
import { randomUUID } from 'node:crypto';

import type { TestProject } from 'vitest/node';

import { describeLeftovers, processesOfTestRun } from './leftovers.ts';
import { isAlive } from './processes.ts';
import { until } from './until.ts';

const suiteMark = `suite-${randomUUID()}`;

export function setup(project: TestProject): void {
  project.provide('suiteMark', suiteMark);
}

export async function teardown(): Promise<void> {
  const alive = (): number[] => processesOfTestRun(suiteMark).filter((pid) => isAlive(pid));
  try {
    await until('no process of the suite is alive', () => alive().length === 0, { withinMs: 10_000 });
  } catch {
    throw new Error(`The suite left behind:\n  ${describeLeftovers({ processes: alive() }).join('\n  ')}`);
  }
}

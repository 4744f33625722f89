import { expect, test } from 'vitest';

import {
  agentEnvironment,
  keeperEnvironment,
  keeperEnvironmentWithAgent,
} from '../../../src/host/keeper/agent-environment.ts';

const set = (environment: object) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));

test('the keeper has flags and threads of its own', () => {
  expect(set(keeperEnvironment({ PATH: '/bin', NODE_OPTIONS: '--inspect' }))).toEqual({
    PATH: '/bin',
    UV_THREADPOOL_SIZE: '24',
    MALLOC_ARENA_MAX: '2',
  });
});

test.each([
  {},
  { NODE_OPTIONS: '--max-old-space-size=100' },
  { NODE_OPTIONS: '--trace-gc', UV_THREADPOOL_SIZE: '6' },
  { MALLOC_ARENA_MAX: '9' },
])('an agent that the keeper starts gets back what was set aside, and the word that there is a keeper: %j', (own) => {
  const keeper = keeperEnvironmentWithAgent({ PATH: '/bin', ...own });
  expect(set(keeper)).toMatchObject({ PATH: '/bin', UV_THREADPOOL_SIZE: '24' });
  expect(keeper['NODE_OPTIONS']).toBeUndefined();
  expect(set(agentEnvironment(keeper))).toEqual({ PATH: '/bin', COREX_LAUNCHER: 'running-keeper', ...own });
});

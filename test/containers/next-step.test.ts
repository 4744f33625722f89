import { describe, expect, test } from 'vitest';

import { isUp, nextStep } from '../../src/containers/next-step.ts';
import type { ContainerConfig, ContainerStatus } from '../../src/protocol/container.ts';

const CONFIG: ContainerConfig = {
  name: 'a',
  env: {},
  limits: { memory_mb: 512, cpu_mhz: 1000, pids: 100 },
  mounts: [],
  network: 'none',
  ports: [],
  tags: [],
  capabilities: [],
  read_only: false,
  open_stdin: false,
  stop_grace: 10,
  auto_remove: false,
  number: 1,
  created: 0,
  version: 1,
  run_state: 'running',
  starts: 1,
  files: [],
};
const STATUS: ContainerStatus = {
  name: 'a',
  state: 'created',
  paused: false,
  version: 0,
  starts: 0,
  files: 0,
  execs: [],
  events: [],
};
const live = { id: 'j', state: 'started', pid: 5 } as const;
const ended = { id: 'j', state: 'exited' } as const;
const file = { sequence: 1, path: '/a', mode: 0o644, size: 0, source: 's' };

interface Row {
  readonly when: string;
  readonly config?: Partial<ContainerConfig>;
  readonly status?: Partial<ContainerStatus>;
  readonly isGoing?: boolean;
  readonly step: string;
}

const ROWS: readonly Row[] = [
  { when: 'it is to run', step: 'start' },
  { when: 'it is to run and was started so often', status: { starts: 1 }, step: 'settle' },
  { when: 'it is not to run', config: { run_state: 'created', starts: 0 }, step: 'settle' },
  {
    when: 'it is starting',
    status: { state: 'starting', starts: 1, main: { id: 'j', state: 'starting' } },
    step: 'wait',
  },
  { when: 'it runs', status: { state: 'running', starts: 1, main: live }, step: 'settle' },
  {
    when: 'files wait and it runs',
    config: { files: [file] },
    status: { state: 'running', starts: 1, main: live },
    step: 'copy-in',
  },
  { when: 'files wait and it does not run', config: { files: [file], run_state: 'stopped' }, step: 'settle' },
  {
    when: 'it runs and is not to',
    config: { run_state: 'stopped' },
    status: { state: 'running', starts: 1, main: live },
    step: 'end',
  },
  { when: 'it runs and is to go', status: { state: 'running', starts: 1, main: live }, isGoing: true, step: 'end' },
  { when: 'its process has ended', status: { state: 'running', starts: 1, main: ended }, step: 'clear' },
  { when: 'its start has failed', status: { state: 'starting', starts: 1, main: ended }, step: 'clear' },
  {
    when: 'it is stopped and is to go',
    status: { state: 'stopped', starts: 1, main: ended },
    isGoing: true,
    step: 'remove',
  },
  {
    when: 'it was for one run',
    config: { auto_remove: true },
    status: { state: 'stopped', starts: 1, main: ended },
    step: 'give-up',
  },
  {
    when: 'it is to run again',
    config: { starts: 2 },
    status: { state: 'stopped', starts: 1, main: ended },
    step: 'start',
  },
];

describe('nextStep()', () => {
  for (const { when, config, status, isGoing = false, step } of ROWS) {
    test(`is "${step}" when ${when}`, () => {
      expect(nextStep({ ...CONFIG, ...config }, { ...STATUS, ...status }, isGoing).type).toBe(step);
    });
  }
});

describe('isUp()', () => {
  test('is true from the wish to start until all is cleared', () => {
    expect(isUp(CONFIG, undefined)).toBe(true);
    expect(isUp({ ...CONFIG, run_state: 'created', starts: 0 }, STATUS)).toBe(false);
    expect(isUp(CONFIG, { ...STATUS, starts: 1, state: 'stopping' })).toBe(true);
    expect(isUp(CONFIG, { ...STATUS, starts: 1, state: 'stopped' })).toBe(false);
  });
});

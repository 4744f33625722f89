import { expect, test } from 'vitest';

import { runShortProgram, type ShortProgramEnd } from '../../src/host/short-program.ts';

const run = (script: string, input?: string): Promise<ShortProgramEnd> =>
  runShortProgram({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    timeoutMs: 10_000,
    maxBytes: 100_000,
    ...(input === undefined ? {} : { input }),
  });

test('`runShortProgram()` gives both streams and the exit code, whatever it is', async () => {
  expect(await run('echo out; echo aside >&2; exit 3')).toEqual({
    type: 'exited',
    code: 3,
    stdout: 'out\n',
    stderr: 'aside\n',
  });
  expect(await run('kill -KILL $$')).toMatchObject({ type: 'signaled', signal: 'SIGKILL' });
});

test('`runShortProgram()` hands over the input, also to one that reads none of it', async () => {
  expect(await run('cat', '{"a":1}')).toMatchObject({ code: 0, stdout: '{"a":1}' });
  expect(await run('exit 0', 'x'.repeat(200_000))).toMatchObject({ code: 0 });
});

import { expect, test } from 'vitest';

import { askProgram, type Answer } from '../../src/host/ask-program.ts';
import { isAlive } from '../harness/processes.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { readFileSync } from 'node:fs';

const ask = (script: string, more: { readonly timeoutMs?: number; readonly maxBytes?: number } = {}): Promise<Answer> =>
  askProgram({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin', WORD: 'x y' },
    cwd: '/',
    timeoutMs: 10_000,
    maxBytes: 1000,
    ...more,
  });

test('`askProgram()` gives what a program says, with its environment and directory', async () => {
  expect(await ask('echo "$WORD"; pwd; echo "$HOME"; cat; echo aside >&2')).toEqual({
    type: 'answered',
    stdout: 'x y\n/\n\n',
  });
});

test.each([
  ['exit 3', 'it exited with 3'],
  ['echo "no such option: x" >&2; echo more >&2; exit 2', 'it exited with 2: no such option: x'],
  ['kill -SEGV $$', 'SIGSEGV ended it'],
])('`askProgram()` tells that %s is no answer', async (script, why) => {
  expect(await ask(script)).toEqual({ type: 'failed', why });
});

test('`askProgram()` takes no answer without end', async () => {
  expect(await ask('yes', { maxBytes: 5000 })).toEqual({ type: 'failed', why: 'it answered more than 5000 bytes' });
});

test('`askProgram()` waits for no answer for ever, and leaves nothing of the program behind', async () => {
  await using directory = tempDir();
  const file = directory.at('pid');
  const answer = await ask(`sleep 60 & echo $! > ${file}; wait`, { timeoutMs: 500 });
  expect(answer).toEqual({ type: 'failed', why: 'it did not answer within 0.5 s' });
  const pid = Number(readFileSync(file, 'utf8'));
  await until('what it started is gone', () => !isAlive(pid));
});

test('`askProgram()` tells that a program is not there', async () => {
  const answer = await askProgram({
    program: '/nonexistent',
    args: [],
    env: {},
    cwd: '/',
    timeoutMs: 10_000,
    maxBytes: 1000,
  });
  expect(answer).toMatchObject({ type: 'failed', why: expect.stringContaining('ENOENT') as string });
});

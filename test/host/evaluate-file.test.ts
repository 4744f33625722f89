import { writeFileSync } from 'node:fs';

import { describe, expect, onTestFinished, test } from 'vitest';

import { evaluateFile } from '../../src/host/evaluate-file.ts';
import { isAlive } from '../harness/processes.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

async function evaluate(name: string, text: string, timeoutMs = 20_000) {
  const directory = tempDir();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  writeFileSync(directory.at(name), text);
  return await evaluateFile(directory.at(name), {
    cwd: directory.path,
    env: { ...process.env, ASKED: 'yes' },
    timeoutMs,
  });
}

describe('evaluateFile()', () => {
  test.each([
    [
      'a.cjs',
      'console.log("noise"); module.exports = { env: process.env.ASKED, file: require("path").basename(__filename) };',
    ],
    ['a.mjs', 'export default () => ({ env: process.env.ASKED, file: "a.mjs" });'],
    ['a.json', '{ "env": "yes", /* a comment */ "file": "a.json", }'],
  ])('gives what %s exports', async (name, text) => {
    const evaluated = await evaluate(name, text);
    expect(evaluated.ok && JSON.parse(evaluated.json)).toEqual({ env: 'yes', file: name });
  });

  test.each([
    ['module.exports = missing;', 'it ended with 1: ReferenceError: missing is not defined'],
    ['process.exit(3);', 'it ended with 3'],
    ['const a = {}; a.a = a; module.exports = a;', 'circular'],
  ])('says why there is nothing: %s', async (text, message) => {
    const evaluated = await evaluate('a.cjs', text);
    expect(evaluated).toMatchObject({ ok: false, message: expect.stringContaining(message) as string });
  });

  test('ends one that takes too long, with all it started', async () => {
    const text = `
      const child = require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' });
      process.stderr.write('Error: pid ' + child.pid + '\\n');
      for (;;);`;
    const evaluated = await evaluate('a.cjs', text, 1000);
    const message = evaluated.ok ? '' : evaluated.message;
    expect(message).toMatch(/^it took longer than 1 seconds: Error: pid \d+$/);
    const pid = Number(/\d+$/.exec(message)?.[0]);
    await until('it is gone', () => !isAlive(pid));
  });
});

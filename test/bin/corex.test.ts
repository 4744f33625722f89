import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const root = path.join(import.meta.dirname, '../..');
const pretendOldNode = path.join(root, 'test/fixtures/programs/pretend-old-node.cjs');
const version = (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** A main program that says which Node runs it, and lives and dies as it is told. */
const main = `
  const [order, value] = process.argv.slice(2);
  const said = { version: process.versions.node, args: process.argv.slice(2), pid: process.pid };
  if (order === 'wait') {
    setInterval(() => {}, 1000);
    for (const name of ['SIGINT', 'SIGHUP', 'SIGWINCH']) process.on(name, () => process.stdout.write(name + '\\n'));
    process.on('SIGTERM', () => process.exit(7));
  }
  process.stdout.write(JSON.stringify(said) + '\\n');
  if (order === 'exit') process.exit(Number(value));
  if (order === 'die') process.kill(process.pid, value);
`;

describe.each([
  ['on a Node that is new enough', []],
  ['on an old Node, under a newer one', ['--require', pretendOldNode]],
])('bin/corex.js %s', (_, flags) => {
  const installed = installation();

  beforeAll(() => installed.fill());
  afterAll(() => installed[Symbol.asyncDispose]());

  const start = (...args: string[]) => spawn(process.execPath, [...flags, installed.executable, ...args]);

  test('hands over the arguments as they are', async () => {
    const args = ['--flag', 'two words', '', '*'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, installed.executable, ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ version: process.versions.node, args });
  });

  test('exits with the code of the program', async () => {
    const child = start('exit', '42');
    expect(await once(child, 'close')).toEqual([42, null]);
  });

  test('dies of the signal the program died of', async () => {
    const child = start('die', 'SIGKILL');
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  });

  test('passes signals on', async () => {
    const child = start('wait');
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('the program waits', () => said !== '');
    for (const name of ['SIGINT', 'SIGHUP', 'SIGWINCH'] as const) {
      child.kill(name);
      await until(`the program got ${name}`, () => said.includes(name));
    }
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([7, null]);
    expect(said.match(/SIG\w+/g)).toEqual(['SIGINT', 'SIGHUP', 'SIGWINCH']);
  });
});

describe('bin/corex.js without a Node that is new enough', () => {
  test('says in one line what it needs', async () => {
    await using directory = tempDir();
    cpSync(path.join(root, 'bin'), directory.at('bin'), { recursive: true });
    const attempt = promisify(execFile)(process.execPath, ['--require', pretendOldNode, directory.at('bin/corex.js')]);
    await expect(attempt).rejects.toMatchObject({
      code: 125,
      stdout: '',
      stderr: 'Cannot run corex on Node 18.20.0: it needs Node 24 or newer\n',
    });
  });
});

describe('bin/corex.js in this checkout', () => {
  test('tells its version', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, 'bin/corex.js'), '--version']);
    expect(stdout).toContain(version);
  });
});

/** A package as npm would install it, with the `node` package beside it and a main program for tests. */
function installation() {
  const directory = tempDir();
  const home = directory.at('node_modules/corex');
  return {
    executable: directory.at('node_modules/.bin/corex'),
    fill() {
      for (const folder of ['.bin', 'corex/dist/src', 'node/bin']) {
        mkdirSync(directory.at('node_modules', folder), { recursive: true });
      }
      cpSync(path.join(root, 'bin'), path.join(home, 'bin'), { recursive: true });
      writeFileSync(path.join(home, 'package.json'), JSON.stringify({ name: 'corex', type: 'module' }));
      writeFileSync(path.join(home, 'dist/src/main.js'), main);
      symlinkSync(path.join(home, 'bin/corex.js'), this.executable);
      symlinkSync(process.execPath, directory.at('node_modules/node/bin/node'));
      writeFileSync(
        directory.at('node_modules/node/package.json'),
        JSON.stringify({ name: 'node', version: process.versions.node }),
      );
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

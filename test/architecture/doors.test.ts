import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { OWN_PROGRAMS } from '../../src/base/own-package.ts';

const root = path.join(import.meta.dirname, '../..');
const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, Record<string, string> | string>;
};
const doors = Object.entries(exports)
  .filter((entry): entry is [string, Record<string, string>] => typeof entry[1] === 'object')
  .map(([door, targets]) => ({ name: path.posix.join('corex', door), targets }));

describe('the doors of the package', () => {
  test.each(doors)('$name leads to files that exist', ({ targets }) => {
    const missing = Object.values(targets).filter((target) => !existsSync(path.join(root, target)));
    expect(missing).toEqual([]);
  });

  test('all lead to the build, and to nothing but the build', async () => {
    const loaded = await ownModules([]);
    expect(loaded.filter((file) => !file.startsWith('dist/'))).toEqual([]);
    expect(loaded).toEqual(
      expect.arrayContaining(doors.map(({ targets }) => path.normalize(targets['default'] ?? ''))),
    );
  });

  test('show the same things where they show things of one name', async () => {
    const [count, ...doubles] = await printed<[number, ...string[]]>('list-doubles.mjs', []);
    expect(count).toBeGreaterThan(50);
    expect(doubles).toEqual([]);
  });

  test('all lead to the sources under the condition, and to nothing but the sources', async () => {
    const loaded = await ownModules(['--conditions=corex-source']);
    expect(loaded.filter((file) => file.startsWith('dist/'))).toEqual([]);
    expect(loaded).toEqual(
      expect.arrayContaining(doors.map(({ targets }) => path.normalize(targets['corex-source'] ?? ''))),
    );
  });

  test('lead to the sources in tests', async () => {
    expect(await import('corex/builtin')).toBe(await import('../../src/builtin.ts'));
  });
});

test.each(OWN_PROGRAMS)('the program %s is built', (name) => {
  expect(existsSync(path.join(root, 'dist', `${name}.js`))).toBe(true);
});

test('the build is kept in one byte for each character', () => {
  const files = globSync('dist/**/*.js', { cwd: root });
  expect(files.length).toBeGreaterThan(50);
  const wide = files.filter((file) => /[\u0100-\uffff]/.test(readFileSync(path.join(root, file), 'utf8')));
  expect(wide).toEqual([]);
});

/** Every file of this package that is loaded when all doors are opened, in a process of their own. */
function ownModules(flags: string[]): Promise<string[]> {
  return printed('list-own-modules.mjs', flags);
}

/** What a fixture program prints of all doors. */
async function printed<T>(fixture: string, flags: string[]): Promise<T> {
  const program = path.join(root, 'test/fixtures/programs', fixture);
  const names = doors.map(({ name }) => name);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...names]);
  return JSON.parse(stdout) as T;
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import coveredElsewhere from './covered-elsewhere.json' with { type: 'json' };

const root = path.join(import.meta.dirname, '../..');

/** Files without a test beside them, or whole folders ending in a slash, and the test that covers them. */
const covered: Record<string, string> = coveredElsewhere;

describe('the tests', () => {
  test('mirror the sources, or covered-elsewhere.json says where', () => {
    expect(
      sourceFiles().filter((file) => !hasMirror(file) && coverOf(file) === undefined && doesSomething(file)),
    ).toEqual([]);
  });

  test('listed in covered-elsewhere.json exist, as do their sources', () => {
    const paths = [...Object.keys(covered), ...Object.values(covered)];
    expect(paths.filter((place) => !existsSync(path.join(root, place)))).toEqual([]);
  });

  test('are listed in covered-elsewhere.json only for files without a test of their own', () => {
    expect(Object.keys(covered).filter((source) => !source.endsWith('/') && hasMirror(source))).toEqual([]);
  });
});

function sourceFiles(): string[] {
  return ['src', 'builtins'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.posix.join(folder, file)),
  );
}

/** `src/engine/job.ts` is tested by `test/engine/job.test.ts`, a port's implementation by `….contract.test.ts`. */
function hasMirror(file: string): boolean {
  const mirror = file.replace(/^src\//, '').replace(/\.ts$/, '');
  return ['.test.ts', '.contract.test.ts'].some((ending) => existsSync(path.join(root, 'test', mirror + ending)));
}

function coverOf(file: string): string | undefined {
  const folder = Object.keys(covered).find((place) => place.endsWith('/') && file.startsWith(place));
  return covered[file] ?? (folder === undefined ? undefined : covered[folder]);
}

/** A file of types alone has nothing to test: nothing but comments and an empty export is left of it at run time. */
function doesSomething(file: string): boolean {
  const code = stripTypeScriptTypes(readFileSync(path.join(root, file), 'utf8'));
  return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|export \{\};?|\s|;/g, '') !== '';
}

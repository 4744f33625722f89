import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { OWN_PROGRAMS, ownFile, ownProgram, ownVersion } from '../../src/base/own-package.ts';

const root = path.join(import.meta.dirname, '../..');

test('ownVersion() is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  expect(ownVersion()).toBe(version);
});

test('ownFile() finds what lies in the package', () => {
  expect(ownFile('extensions', 'bash.toml')).toBe(path.join(root, 'extensions/bash.toml'));
});

test.each(OWN_PROGRAMS)('ownProgram() finds the source of %s when sources ask', (name) => {
  expect(ownProgram(name)).toBe(path.join(root, `${name}.ts`));
  expect(existsSync(ownProgram(name))).toBe(true);
});

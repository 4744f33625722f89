import { expect, test } from 'vitest';

import { judgeVersion, versionIn } from '../../../src/oci/runtimes/runtime-version.ts';

const NONE = new Set<string>();

test.each([
  ['1.0.0-rc93', 'unsafe'],
  ['1.1.5+ds1', 'unsafe'],
  ['1.1.11', 'unsafe'],
  ['1.1.12', 'old'],
  ['1.1.99', 'old'],
  ['1.2.0-rc.1', 'old'],
  ['1.2.7', 'old'],
  ['1.2.8', 'good'],
  ['1.3.2', 'old'],
  ['1.3.3', 'good'],
  ['1.4.0-rc.2', 'old'],
  ['1.4.0-rc.3', 'good'],
  ['1.4.0', 'good'],
  ['1.5.0', 'good'],
  ['2.0.0', 'good'],
  ['of my own', 'good'],
])('`judgeVersion()` takes runc %s for %s', (version, type) => {
  expect(judgeVersion('runc', version, NONE).type).toBe(type);
});

test('`judgeVersion()` believes a distribution that closed a hole without a new version', () => {
  expect(judgeVersion('runc', '1.1.5+ds1', new Set(['CVE-2024-21626'])).type).toBe('old');
  const all = new Set(['CVE-2024-21626', 'CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']);
  expect(judgeVersion('runc', '1.1.5+ds1', all).type).toBe('good');
});

test('`judgeVersion()` names what is open and what to install', () => {
  expect(judgeVersion('runc', '1.1.5', NONE)).toMatchObject({
    why: expect.stringMatching(/^runc 1\.1\.5 has CVE-2024-21626: .* Install 1\.\S+ or newer/) as string,
  });
  expect(judgeVersion('crun', '1.4.3', NONE).type).toBe('old');
  expect(judgeVersion('crun', '1.8.1', NONE).type).toBe('good');
});

test('`versionIn()` reads what runtimes say', () => {
  expect(versionIn('runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\n')).toBe('1.1.5+ds1');
  expect(versionIn('crun version 1.8.1\ncommit: f8a0\n')).toBe('1.8.1');
  expect(versionIn('nothing')).toBeUndefined();
});

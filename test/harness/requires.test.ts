import { afterEach, describe, expect, test, vi } from 'vitest';

import { requires } from './requires.ts';

describe('requires()', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('says once what is missing on a machine of a user', () => {
    vi.stubEnv('CI', '');
    vi.stubEnv('PATH', '/nowhere');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(requires('tini')).toBe(false);
    expect(requires('tini')).toBe(false);
    expect(said.mock.calls).toEqual([['SKIPPED for want of tini: install tini\n']]);
  });

  test('throws on a build machine', () => {
    vi.stubEnv('CI', 'true');
    vi.stubEnv('PATH', '/nowhere');
    expect(() => requires('git')).toThrow('Cannot run these tests without git: install git');
  });

  test('is true when all is there', () => {
    vi.stubEnv('CI', 'true');
    expect(requires()).toBe(true);
  });
});

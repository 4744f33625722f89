import { describe, expect, test } from 'vitest';
import { choosePlatform, ownPlatform, parsePlatform, platformText } from '../../../src/oci/images/platform.ts';

const entry = (text: string) => ({ name: text, platform: parsePlatform(text) });

describe('choosePlatform()', () => {
  const entries = ['linux/arm/v7', 'linux/arm/v6', 'linux/arm64/v8', 'linux/amd64', 'windows/amd64'].map(entry);

  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/arm64', 'linux/arm64/v8'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/v5', undefined],
    ['linux/riscv64', undefined],
  ])('for %s gives %s', (wanted, found) => {
    expect(choosePlatform(entries, parsePlatform(wanted))?.name).toBe(found);
  });

  test.each(['', 'linux', 'linux/', 'a/b/c/d', 'li nux/amd64'])('%j is no platform', (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'bad-arguments' }));
  });

  test('names this machine as registries do', () => {
    expect(platformText(ownPlatform())).toMatch(/^linux\/[a-z0-9]+$/);
  });
});

import { expect, test } from 'vitest';
import { sampleBy, type Sampler } from '../../../src/telemetry/open-telemetry/sampler.ts';

const LOW = '0'.repeat(24) + '10000000';
const HIGH = '0'.repeat(24) + 'f0000000';

function sampler(name: string, argument?: string): Sampler {
  const found = sampleBy(name, argument);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

test('what the caller decided counts where it is to count', () => {
  expect(sampler('parentbased_always_on')(HIGH, false)).toBe(false);
  expect(sampler('parentbased_always_on')(HIGH, undefined)).toBe(true);
  expect(sampler('parentbased_always_off')(HIGH, true)).toBe(true);
  expect(sampler('parentbased_always_off')(HIGH, undefined)).toBe(false);
  expect(sampler('always_on')(HIGH, false)).toBe(true);
  expect(sampler('always_off')(HIGH, true)).toBe(false);
});

test('a share of the traces is chosen by their own numbers', () => {
  const half = sampler('traceidratio', '0.5');
  expect([half(LOW, undefined), half(HIGH, undefined)]).toEqual([true, false]);
  expect(sampler('traceidratio', '0')(LOW, true)).toBe(false);
  expect(sampler('parentbased_traceidratio', '1')(HIGH, undefined)).toBe(true);
});

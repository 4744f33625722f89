import { describe, expect, test } from 'vitest';

import { SecretLookup } from '../../../src/security/secrets/secret-lookup.ts';
import type { SecretProvider } from '../../../src/security/secrets/secret-provider.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

function provider(place: string, values: Readonly<Record<string, string>>): SecretProvider {
  return { place, read: (name) => Promise.resolve(values[name]) };
}

function lookup(...providers: readonly SecretProvider[]) {
  const clock = new FakeClock();
  const read: string[] = [];
  const secrets = new SecretLookup(clock);
  secrets.use(providers, (name, value) => read.push(`${name}=${value}`));
  return { secrets, clock, read };
}

describe('SecretLookup', () => {
  test('takes the value of the first that has one, and tells it', async () => {
    const { secrets, read } = lookup(provider('here', { A: '1' }), provider('there', { A: '2', B: '3' }));
    expect([await secrets.read('A'), await secrets.read('B')]).toEqual(['1', '3']);
    expect(read).toEqual(['A=1', 'B=3']);
  });

  test('says where it looked for what is nowhere', async () => {
    await expect(lookup().secrets.read('A')).rejects.toMatchObject({
      code: 'no-secret',
      retryable: false,
      message: 'Cannot find the secret "A": the agent has no secrets; "secrets.directory" says where they are',
    });
    await expect(lookup(provider('the box', {})).secrets.read('A')).rejects.toThrow('it is not in the box');
    await expect(lookup(provider('the box', {}), provider('the bag', {})).secrets.read('A')).rejects.toThrow(
      'it is neither in the box nor in the bag',
    );
  });

  test('gives up on a place that does not answer; to try again may help', async () => {
    const silent = { place: 'the deep', read: () => Promise.withResolvers<string>().promise };
    const { secrets, clock } = lookup(silent);
    const asked = secrets.read('A');
    asked.catch(() => undefined);
    await clock.advance(5_000);
    await expect(asked).rejects.toMatchObject({
      code: 'no-resources',
      message: 'Cannot read the secret "A": the deep does not answer',
    });
  });
});

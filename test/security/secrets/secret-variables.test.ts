import { describe, expect, test } from 'vitest';

import { secretVariables } from '../../../src/security/secrets/secret-variables.ts';

const provider = secretVariables(
  { TOKEN: 'APP_TOKEN', GONE: 'NOT_THERE', EMPTY: 'NOTHING' },
  { APP_TOKEN: 'abc', NOTHING: '', HOME: '/root' },
);

describe('secretVariables()', () => {
  test('gives the variables that are listed, by their names here', async () => {
    expect(await provider.read('TOKEN')).toBe('abc');
  });

  test.each(['HOME', 'APP_TOKEN', 'constructor', '__proto__'])(
    'knows nothing of %s, which is not listed',
    async (name) => {
      expect(await provider.read(name)).toBeUndefined();
    },
  );

  test('says which variable is missing or empty', async () => {
    await expect(provider.read('GONE')).rejects.toMatchObject({
      code: 'no-secret',
      message: 'Cannot use the secret "GONE": the agent has no variable "NOT_THERE", which "secrets.env" names',
    });
    await expect(provider.read('EMPTY')).rejects.toThrow('nothing is in the variable "NOTHING"');
  });
});

import { describe, expect, test } from 'vitest';

import { revealSecrets, secretNames, type SecretTexts } from '../../../src/kinds/system/secret-references.ts';
import { AgentError } from '../../../src/protocol/agent-error.ts';

const VALUES: Readonly<Record<string, string>> = {
  TOKEN: 'abc',
  'db.pass': '$& {secret:TOKEN}',
  NUL: 'a\0b',
};

async function read(name: string): Promise<string> {
  const value = VALUES[name];
  if (value === undefined) throw new AgentError('no-secret', `Cannot find the secret "${name}"`);
  return value;
}

const ALL: SecretTexts = {
  args: ['--token', 'secret:TOKEN', '--url=https://me:{secret:db.pass}@host/{secret:TOKEN}', 'a secret: text'],
  env: { TOKEN: 'secret:TOKEN', 'secret:TOKEN': 'plain' },
  stdin: '{secret:TOKEN}\n',
};

describe('secretNames()', () => {
  test('are those in arguments, variables and standard input, each once', () => {
    expect([...secretNames(ALL)]).toEqual(['TOKEN', 'db.pass']);
    expect([...secretNames({})]).toEqual([]);
  });

  test('are only those that are allowed', () => {
    expect([...secretNames({ ...ALL, secrets: ['db.pass', 'OTHER'] })]).toEqual(['db.pass']);
    expect([...secretNames({ ...ALL, secrets: [] })]).toEqual([]);
  });

  test.each([
    [{ args: ['x', 'secret:a/b'] }, 'argument 2: "a/b" is no name'],
    [{ args: ['secret:'] }, 'argument 1: "" is no name'],
    [{ env: { A: '{secret:../x}' } }, 'the variable "A": "../x" is no name'],
    [{ stdin: `{secret:${'x'.repeat(129)}}` }, 'standard input: "x'],
  ])('refuse what looks like a reference and is none: %j', (texts: SecretTexts, message) => {
    expect(() => secretNames(texts)).toThrow(message);
    expect(secretNames({ ...texts, secrets: [] }).size).toBe(0);
  });

  test('are at most a hundred', () => {
    const args = Array.from({ length: 101 }, (_, index) => `secret:S${String(index)}`);
    expect(() => secretNames({ args })).toThrow('Cannot use 101 secrets in one command, the limit is 100');
  });
});

describe('revealSecrets()', () => {
  test('puts values in the place of references, as they are and once', async () => {
    expect(await revealSecrets(ALL, read)).toEqual({
      args: ['--token', 'abc', '--url=https://me:$& {secret:TOKEN}@host/abc', 'a secret: text'],
      env: { TOKEN: 'abc', 'secret:TOKEN': 'plain' },
      stdin: 'abc\n',
      secrets: ['abc', '$& {secret:TOKEN}'],
    });
  });

  test('leaves texts alone that hold none, or none that is allowed', async () => {
    expect(await revealSecrets({ ...ALL, secrets: [] }, read)).toEqual({ ...ALL, secrets: [] });
    expect(await revealSecrets({}, read)).toEqual({ args: [], env: {}, stdin: undefined, secrets: [] });
  });

  test('fails when one is missing', async () => {
    await expect(revealSecrets({ args: ['secret:NONE'] }, read)).rejects.toMatchObject({ code: 'no-secret' });
  });

  test('gives a NUL to standard input alone', async () => {
    expect((await revealSecrets({ stdin: 'secret:NUL' }, read)).stdin).toBe('a\0b');
    await expect(revealSecrets({ env: { X: '{secret:NUL}' } }, read)).rejects.toMatchObject({
      code: 'bad-arguments',
      message: 'Cannot put the secret "NUL" into the variable "X": it holds a NUL character',
    });
  });
});

import { chmodSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { explainSpawnError } from '../../src/host/spawn-error.ts';
import { tempDir } from '../harness/temp-dir.ts';

const request = { name: '/bin/sh', args: [], env: {}, cwd: '/' };

describe('explainSpawnError()', () => {
  test.each([
    ['EAGAIN', 'no-resources'],
    ['ENOMEM', 'no-resources'],
    ['EMFILE', 'no-resources'],
    ['E2BIG', 'bad-arguments'],
    ['ENOEXEC', 'not-executable'],
    ['ENOENT', 'bad-interpreter'],
    ['EWHATEVER', 'not-executable'],
  ])('takes %s for %s where nothing else is wrong', async (code, failure) => {
    const answer = await explainSpawnError(code, request);
    expect(answer).toMatchObject({ type: 'failed', failure });
    expect(answer.message).toMatch(/^Cannot start "\/bin\/sh": /);
  });

  test('looks what is missing, since the code does not tell', async () => {
    await using directory = tempDir();
    const missing = directory.at('missing');
    expect(await explainSpawnError('ENOENT', { ...request, cwd: missing })).toMatchObject({ failure: 'bad-directory' });
    expect(await explainSpawnError('ENOENT', { ...request, name: missing })).toMatchObject({
      failure: 'no-such-program',
    });
    const script = directory.at('script');
    writeFileSync(script, '#!/nowhere\n');
    chmodSync(script, 0o755);
    expect(await explainSpawnError('ENOENT', { ...request, name: script })).toMatchObject({
      failure: 'bad-interpreter',
      message: `Cannot start "${script}": it asks for "/nowhere", which does not exist`,
    });
  });

  test('does not blame the program when the system is short of something', async () => {
    expect(await explainSpawnError('EAGAIN', { ...request, name: '/missing' })).toMatchObject({
      failure: 'no-resources',
    });
  });
});

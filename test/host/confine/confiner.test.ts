import { existsSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { Confiner } from '../../../src/host/confine/confiner.ts';
import { plainSpec } from '../../harness/plain-spec.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const SPEC = plainSpec();

async function openConfiner() {
  await using directory = tempDir();
  return await Confiner.open(directory.path);
}

describe('Confiner', () => {
  test('leaves a program alone of which nothing is asked', async () => {
    expect(await (await openConfiner()).confine('job.1', SPEC, {})).toBeUndefined();
  });

  test('says what starts in its place, and that only root can give it another user', async () => {
    const confiner = await openConfiner();
    expect(confiner.abilities).toMatchObject({ user: process.geteuid?.() === 0, limits: true });
    const confined = await confiner.confine('job.1', { ...SPEC, niceness: 5 }, { A: 'b' });
    expect(confined).toMatchObject({ program: expect.stringMatching(/\/sh$/) as string, cgroup: undefined });
  });

  test.runIf(requires('root', 'cgroups'))('makes a control group, and removes what an earlier owner left', async () => {
    const confiner = await openConfiner();
    expect(confiner.abilities.cgroup).toBe(true);
    const confined = await confiner.confine('job.1', { ...SPEC, cgroup: {} }, {});
    if (confined === undefined || 'type' in confined) throw new Error('It was not confined');
    const files = confined.cgroup?.procsFiles ?? [];
    expect(files.length).toBeGreaterThan(0);
    expect(confined.args).toEqual(expect.arrayContaining([...files]));
    await confiner.removeStale();
    expect(files.every((file) => existsSync(file))).toBe(true);
    await confined.cgroup?.remove();
    await confiner.close();
    expect(files.some((file) => existsSync(file))).toBe(false);
  });

  test.runIf(requires('root', 'cgroups'))('hands on why there is no control group', async () => {
    const confiner = await openConfiner();
    const refused = await confiner.confine('job.1', { ...SPEC, cgroup: { pids: -5 } }, {});
    await confiner.close();
    expect(refused).toMatchObject({
      type: 'failed',
      failure: expect.stringMatching(/bad-arguments|not-able/) as string,
    });
  });
});

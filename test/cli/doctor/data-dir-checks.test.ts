import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { dataDirChecks } from '../../../src/cli/doctor/data-dir-checks.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const byName = (dataDir: string, urls: string[] = []) =>
  Object.fromEntries(dataDirChecks({ dataDir, urls }).map((check) => [check.name, check]));

describe('dataDirChecks()', () => {
  test('is content with a directory that is still to be made', async () => {
    await using directory = tempDir();
    const checks = byName(directory.at('not', 'yet'));
    expect(checks['Data directory']).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('made at the first start'),
    });
    expect(checks['Disk']?.found).toContain(directory.path);
  });

  test('looks at rights', async () => {
    await using directory = tempDir();
    const place = directory.at('d');
    mkdirSync(place, { mode: 0o700 });
    expect(byName(place)['Data directory']?.status).toBe('ok');
    chmodSync(place, 0o755);
    expect(byName(place)['Data directory']).toMatchObject({ status: 'warn', advice: `Run: chmod 700 ${place}` });
    chmodSync(place, 0o777);
    expect(byName(place)['Data directory']?.status).toBe('fail');
    writeFileSync(`${place}/token`, 'x', { mode: 0o644 });
    expect(byName(place)['Token']).toMatchObject({ status: 'fail', advice: 'Run: corex token rotate' });
    expect(byName(`${place}/token`)['Data directory']).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('is no directory'),
    });
  });

  test('tells who holds it', async () => {
    await using directory = tempDir();
    expect(byName(directory.path)['Agent process']?.status).toBe('warn');
    writeFileSync(directory.at('keeper.pid'), `${process.pid}\n`);
    expect(byName(directory.path)['Agent process']?.found).toContain(`keeper ${process.pid} holds jobs`);
    writeFileSync(directory.at('agent.pid'), `${process.pid}\n`);
    expect(byName(directory.path)['Agent process']).toMatchObject({
      status: 'ok',
      found: `${process.pid} holds the directory, its keeper is ${process.pid}`,
    });
    writeFileSync(directory.at('agent.pid'), 'nonsense');
    expect(byName(directory.path)['Agent process']?.found).toContain('keeper');
  });

  test('measures socket paths', async () => {
    await using directory = tempDir();
    expect(byName(directory.path, [`unix:/${'x'.repeat(106)}`])['Socket path']?.status).toBe('ok');
    expect(byName(directory.path, [`unix:/${'x'.repeat(107)}`])['Socket path']?.status).toBe('fail');
  });
});

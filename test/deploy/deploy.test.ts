import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../../src/cli/command-table.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';

const deploy = path.join(import.meta.dirname, '../../deploy');
const UNITS = ['corex-keeper.service', 'corex.service'] as const;
const text = (file: string): string => readFileSync(path.join(deploy, file), 'utf8');

/** The settings of a unit: `Section.Key` → value. */
function settings(unit: string): Record<string, string> {
  const found: Record<string, string> = {};
  let section = '';
  for (const line of text(`systemd/${unit}`).split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found[`${section}.${key}`] = value;
  }
  return found;
}

describe('the units for systemd', () => {
  test.each(UNITS)('%s is restarted, and takes nothing with it that it started', (unit) => {
    expect(settings(unit)).toMatchObject({
      'Service.Restart': 'always',
      'Service.KillMode': 'process',
      'Service.OOMPolicy': 'continue',
      'Install.WantedBy': 'multi-user.target',
    });
    const [program, command] = settings(unit)['Service.ExecStart']?.split(' ') ?? [];
    expect(program).toBe('/usr/bin/corex');
    expect(COMMANDS.map(({ name }) => name)).toContain(command);
  });

  test('the keeper may make control groups, and the agent uses the keeper of the other unit', () => {
    expect(settings('corex-keeper.service')).toMatchObject({ 'Service.Delegate': 'yes' });
    const agent = settings('corex.service');
    expect(agent['Service.Environment']).toBe('COREX_LAUNCHER=running-keeper');
    expect(agent['Unit.After']).toContain('corex-keeper.service');
    expect(agent['Service.RestartPreventExitStatus']).toBe('78');
  });

  test.runIf(requires('systemd'))('systemd finds nothing wrong with them', async () => {
    await using directory = tempDir();
    for (const unit of UNITS) copyFileSync(path.join(deploy, 'systemd', unit), directory.at(unit));
    // systemd looks for the program, which is not installed here.
    for (const unit of UNITS) {
      const content = text(`systemd/${unit}`)
        .replace('/usr/bin/corex', process.execPath)
        .replace(/^Documentation.*\n/m, '');
      writeFileSync(directory.at(unit), content);
    }
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...UNITS.map((unit) => directory.at(unit))], {
      encoding: 'utf8',
    });
    const ours = stderr.split('\n').filter((line) => line.includes(directory.path) || line.includes('corex'));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });
});

describe('the container', () => {
  test('begins with a script that becomes corex init', () => {
    expect(statSync(path.join(deploy, 'container/entrypoint.sh')).mode & 0o111).toBe(0o111);
    const { status, stderr } = spawnSync('sh', ['-n', path.join(deploy, 'container/entrypoint.sh')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(text('container/entrypoint.sh')).toMatch(/^exec corex init "\$@"$/m);
    const file = text('container/Containerfile');
    expect(file).toContain('COPY deploy/container/entrypoint.sh /usr/local/bin/corex-entrypoint');
    expect(file).toContain('ENTRYPOINT ["corex-entrypoint"]');
  });
});

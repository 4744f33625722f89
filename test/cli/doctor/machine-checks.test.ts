import { describe, expect, test } from 'vitest';

import { machineChecks, thisMachine, type Machine } from '../../../src/cli/doctor/machine-checks.ts';

const good: Machine = {
  nodeVersion: '24.21.0',
  nodePath: '/usr/bin/node',
  sqliteVersion: '3.53.4',
  platform: 'linux',
  now: new Date('2026-11-21T00:00:00Z'),
  openFiles: Infinity,
  processes: 96_365,
};

const failing = (facts: Partial<Machine>) =>
  machineChecks({ ...good, ...facts }).filter(({ status }) => status !== 'ok');

describe('machineChecks()', () => {
  test('finds nothing on a good machine', () => {
    expect(failing({})).toEqual([]);
    expect(machineChecks(good).map(({ name }) => name)).toEqual([
      'Node',
      'Platform',
      'SQLite',
      'Clock',
      'Open files',
      'Processes',
    ]);
  });

  test.each<[Partial<Machine>, string, string]>([
    [{ nodeVersion: '20.1.0' }, 'Node', 'fail'],
    [{ platform: 'darwin' }, 'Platform', 'warn'],
    [{ sqliteVersion: undefined }, 'SQLite', 'fail'],
    [{ sqliteVersion: '3.9.1' }, 'SQLite', 'warn'],
    [{ now: new Date(0) }, 'Clock', 'warn'],
    [{ openFiles: 1024 }, 'Open files', 'warn'],
    [{ processes: 100 }, 'Processes', 'warn'],
  ])('%j', (facts, name, status) => {
    expect(failing(facts)).toEqual([{ name, status, found: expect.any(String), advice: expect.any(String) }]);
  });

  test('finds nothing wrong here', () => {
    const machine = thisMachine();
    expect(machine.openFiles).toBeGreaterThan(0);
    expect(machineChecks(machine).filter(({ status }) => status === 'fail')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';

import { agentChecks, factChecks } from '../../../src/cli/doctor/agent-checks.ts';

describe('factChecks()', () => {
  test('compares versions and tells what the launcher can and can not do', () => {
    const launcher = { survives: true, reapsOrphans: true, stdoutIsPipe: true, pty: true, user: false };
    expect(factChecks({ version: '1.0.0', launcher }, '1.0.0').map(({ status }) => status)).toEqual(['ok', 'ok']);
    const [version, abilities] = factChecks({ version: '0.9.0', launcher: { ...launcher, survives: false } }, '1.0.0');
    expect(version).toMatchObject({ status: 'warn', found: expect.stringContaining('this is 1.0.0') });
    expect(abilities).toMatchObject({ status: 'warn', advice: 'without "survives" jobs end when the agent does' });
    expect(factChecks({}, '1.0.0')[1]).toMatchObject({ name: 'Launcher', status: 'warn' });
  });
});

describe('factChecks() of control groups', () => {
  const of = (cgroups?: unknown) => factChecks({ cgroups }, '1').slice(2);

  test('tells how they kill and what they limit', () => {
    const all = { mode: 'hybrid', kill: 'at-once', limits: ['memory', 'cpu', 'pids'], troubles: [] };
    expect(of(all)).toMatchObject([{ status: 'ok', found: 'hybrid; kills at-once; limits memory, cpu, pids' }]);
    expect(of()).toEqual([]);
  });

  test('tells what can not be, and why', () => {
    const some = { mode: 'v2', kill: 'at-once', limits: ['pids'], troubles: ['it is so'] };
    expect(of(some)).toMatchObject([
      { status: 'warn', advice: 'Commands that limit memory or cpu are refused: it is so' },
    ]);
    expect(of({ mode: 'none', kill: 'none', limits: [], troubles: ['there are no control groups'] })).toMatchObject([
      { status: 'warn', found: 'none: there are no control groups' },
    ]);
  });
});

describe('agentChecks()', () => {
  test('tells of every address that does not answer', async () => {
    const checks = await agentChecks({
      urls: ['ws://127.0.0.1:1', 'unix:/nonexistent'],
      token: undefined,
      ownVersion: '1',
    });
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual(['Endpoint fail', 'Endpoint fail']);
  });
});

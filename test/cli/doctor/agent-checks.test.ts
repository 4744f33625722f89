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

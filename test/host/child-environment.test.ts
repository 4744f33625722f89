import { describe, expect, test } from 'vitest';

import { childEnvironment } from '../../src/host/child-environment.ts';

describe('childEnvironment()', () => {
  test('passes on what programs need to know about the machine and its user', () => {
    const own = { PATH: '/bin', HOME: '/root', LANG: 'cs_CZ.UTF-8', LC_ALL: 'C', TZ: 'Europe/Prague', TERM: 'xterm' };
    expect(childEnvironment({ own, jobId: 'j' })).toEqual({ ...own, COREX_JOB_ID: 'j' });
  });

  test('keeps everything else back: secrets, settings of Node and of the agent', () => {
    const own = {
      PATH: '/bin',
      COREX_TOKEN: 'secret',
      COREX_RUN: 'outer.1',
      COREX_TEST_RUN: 'x',
      NODE_OPTIONS: '--inspect',
      NODE_CHANNEL_FD: '3',
      AWS_SECRET_ACCESS_KEY: 'secret',
      GITHUB_TOKEN: 'secret',
      LD_PRELOAD: '/evil.so',
      NOTIFY_SOCKET: '/run/systemd/notify',
      LISTEN_FDS: '1',
      SSH_AUTH_SOCK: '/tmp/agent',
    };
    expect(childEnvironment({ own, jobId: 'j' })).toEqual({ PATH: '/bin', COREX_JOB_ID: 'j' });
  });

  test("lets the command's variables win, whatever they are called", () => {
    const given = { PATH: '/opt/bin', NODE_OPTIONS: '--max-old-space-size=100', COREX_URL: 'unix:/s', EMPTY: '' };
    expect(childEnvironment({ own: { PATH: '/bin', HOME: '/root' }, given, jobId: 'j' })).toEqual({
      ...given,
      HOME: '/root',
      COREX_JOB_ID: 'j',
    });
  });

  test('tells the id of the job, and nobody else may', () => {
    expect(childEnvironment({ own: {}, given: { COREX_JOB_ID: 'other' }, jobId: 'j' })['COREX_JOB_ID']).toBe('j');
  });

  test('has a search path when nobody gave one', () => {
    expect(childEnvironment({ own: { PATH: undefined }, jobId: 'j' })['PATH']).toContain('/usr/bin');
  });
});

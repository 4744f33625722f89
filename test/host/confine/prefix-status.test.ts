import { describe, expect, test } from 'vitest';

import { parsePrefixStatus } from '../../../src/host/confine/prefix-status.ts';

describe('parsePrefixStatus()', () => {
  test('is ok when the last word was ok, whatever a shell grumbled before', () => {
    expect(parsePrefixStatus('ok\n')).toBe('ok');
    expect(parsePrefixStatus('corex: warning: setlocale: cannot change locale\nok\n')).toBe('ok');
  });

  test.each([
    ['exec /srv/tool\n', 'not-executable', 'Cannot start "/srv/tool": the user it runs as may not execute it'],
    ['nice: cannot set niceness: Permission denied\nniceness -5\n', 'not-able', 'Cannot give the program niceness -5'],
    ['corex: 4: cannot create /x: Permission denied\ncgroup /x\n', 'not-able', 'Cannot join a control group'],
    ['echo: I/O error: Resource temporarily unavailable\ncgroup /x\n', 'no-resources', 'Cannot join a control group'],
    ['setpriv: setresuid failed: Operation not permitted\n', 'not-able', 'Cannot confine the program: setpriv'],
    ['setpriv: failed to execute /bin/sh: Resource temporarily unavailable\n', 'no-resources', 'Cannot confine'],
    ['corex: 9: exec: /usr/bin/setpriv: not found\n', 'not-able', 'Cannot confine the program'],
    ["setpriv: unrecognized option '--reuid=5'\nBusyBox v1.36\n", 'not-able', 'Cannot confine'],
    ['prlimit: failed to set the NOFILE resource limit: Invalid argument\n', 'bad-arguments', 'Cannot confine'],
    ['', 'no-resources', 'Cannot start the program: it ended while it was being confined'],
  ])('reads %j as %s', (said, failure, message) => {
    expect(parsePrefixStatus(said)).toMatchObject({
      type: 'failed',
      failure,
      message: expect.stringContaining(message) as string,
    });
  });

  test('quotes no more than a few lines', () => {
    const status = parsePrefixStatus('x'.repeat(100_000));
    expect(status === 'ok' ? '' : status.message.length).toBeLessThan(400);
  });
});

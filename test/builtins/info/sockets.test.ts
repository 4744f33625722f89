import { describe, expect, test } from 'vitest';
import { parseInternet, parseUnix } from '../../../builtins/info/sockets.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('parseInternet()', () => {
  test('keeps those that listen', () => {
    const text = `${HEAD}   0: 0100007F:1CF3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 x
   1: 0100007F:1CF3 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 x
`;
    expect(parseInternet('tcp', text)).toEqual([{ network: 'tcp', ip: '127.0.0.1', port: 7411, inode: '4242' }]);
  });

  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000001000000', '::1'],
    ['B80D01200000000000000000EF000000', '2001:db8::ef'],
    ['0000000000000000FFFF00000100007F', '::ffff:7f00:1'],
  ])('reads the address %s as %s', (hex, ip) => {
    const text = `${HEAD}   0: ${hex}:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7 1 x\n`;
    expect(parseInternet('tcp6', text)).toEqual([{ network: 'tcp6', ip, port: 80, inode: '7' }]);
  });

  test('takes an empty table', () => {
    expect(parseInternet('udp', '')).toEqual([]);
  });
});

describe('parseUnix()', () => {
  test('keeps those with a name that take whoever comes', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a b.sock
0000000000000000: 00000002 00000000 00010000 0001 01 12 @abstract
0000000000000000: 00000002 00000000 00000000 0002 01 13 /run/notify
0000000000000000: 00000003 00000000 00000000 0001 03 14 /run/a b.sock
0000000000000000: 00000002 00000000 00010000 0001 01 15
`;
    expect(parseUnix(text)).toEqual([
      { network: 'unix', unix: '/run/a b.sock', inode: '11' },
      { network: 'unix', unix: '@abstract', inode: '12' },
      { network: 'unix', unix: '/run/notify', inode: '13' },
    ]);
  });
});

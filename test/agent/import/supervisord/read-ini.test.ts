import { expect, test } from 'vitest';

import { readIni } from '../../../../src/agent/import/supervisord/read-ini.ts';

function read(text: string): unknown {
  return Object.fromEntries([...readIni(text, 'x.conf')].map(([name, section]) => [name, Object.fromEntries(section)]));
}

test('readIni() reads options, comments and values of several lines', () => {
  const text = `
; a comment
# another
[program:a.b] ; behind
Command = echo "a=b:c" ; this too
plain:with colon
url=http://x/#here;there
env=
    A="1",

    ; between
    B="2"
empty =
[other]
x=1
[program:a.b]
command=last
`;
  expect(read(text)).toEqual({
    'program:a.b': {
      command: 'last',
      plain: 'with colon',
      url: 'http://x/#here;there',
      env: 'A="1",\nB="2"',
      empty: '',
    },
    other: { x: '1' },
  });
});

test.each([
  ['a=1', 'Cannot read "x.conf", line 1: it stands before any section'],
  ['[a]\n\nwhat is this', 'Cannot read "x.conf", line 3: it is no "option=value"'],
])('readIni() says where it can not go on: %j', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

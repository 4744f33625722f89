import { expect, test } from 'vitest';

import { expand } from '../../../../src/agent/import/supervisord/expand.ts';

const KNOWN = { here: '/etc', program_name: 'web', process_num: 7, ENV_HOME: '/root' };

test.each([
  ['%(here)s/x-%(program_name)s', '/etc/x-web'],
  ['%(process_num)02d %(process_num)3d %(process_num)d %(process_num)s', '07   7 7 7'],
  ['100%% %%(here)s', '100% %(here)s'],
])('expand() fills in %j', (text, filled) => {
  expect(expand(text, KNOWN, 'it')).toBe(filled);
});

test('expand() leaves variables to the start of the entry, where it may', () => {
  const variables = new Set<string>();
  expect(expand('%(ENV_HOME)s/%(ENV_NOT_HERE)s', KNOWN, 'it', variables)).toBe('{HOME}/{NOT_HERE}');
  expect([...variables]).toEqual(['HOME', 'NOT_HERE']);
  expect(expand('%(ENV_HOME)s', KNOWN, 'it')).toBe('/root');
});

test.each([
  [
    '%(program_nme)s',
    'Cannot convert it, "%(program_nme)s": "%(program_nme)s" is unknown, did you mean "%(program_name)s"?',
  ],
  ['50% off', 'a "%" stands for itself only as "%%"'],
  ['%(here)d', '"%(here)d" is no number'],
  ['%(ENV_NONE)s', '"%(ENV_NONE)s" is unknown'],
])('expand() refuses %j', (text, message) => {
  expect(() => expand(text, KNOWN, 'it')).toThrow(message);
});

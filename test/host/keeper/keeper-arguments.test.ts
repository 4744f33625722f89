import { expect, test } from 'vitest';

import { keeperArguments, parseKeeperArguments } from '../../../src/host/keeper/keeper-arguments.ts';

const plain = { dataDir: '/d', socket: '/s', version: '1.0.0', idleMs: 10_000 };

test.each([
  plain,
  { ...plain, idleMs: Infinity, attended: { agent: [], agentStopMs: 0 } },
  { ...plain, attended: { agent: ['/bin/node', 'start', '--data-dir', '/other', '--', 'x'], agentStopMs: 14_000 } },
])('what is written is read again: %j', (options) => {
  expect(parseKeeperArguments(keeperArguments(options))).toEqual(options);
});

test('what is missing or wrong is named', () => {
  expect(() => parseKeeperArguments([])).toThrow('"--data-dir" is missing');
  expect(() => parseKeeperArguments(keeperArguments({ ...plain, idleMs: NaN }))).toThrow('"--idle-ms" is no time');
});

import { expect, test } from 'vitest';

import { readStoredCommand, writeStoredCommand } from '../../src/engine/stored-command.ts';
import { parseCommand } from '../../src/protocol/command.ts';

const command = parseCommand({ command: 'deploy', id: 'a', arguments: { to: 'web' }, tags: ['x'], max_time: 5 });

test('a stored command is read as it was written, with what it came down to', () => {
  const derived = { name: 'core.system', args: { name: 'true' } };
  expect(readStoredCommand(writeStoredCommand(command, derived))).toEqual({ command, derived });
  expect(readStoredCommand(writeStoredCommand(command, undefined))).toEqual({ command, derived: undefined });
});

test('a command that comes down to nothing else is stored as on the wire', () => {
  expect(JSON.parse(writeStoredCommand(command, undefined))).toEqual({
    command: 'deploy',
    id: 'a',
    arguments: { to: 'web' },
    tags: ['x'],
    max_time: 5,
  });
});

test('a caller can not say what his command comes down to', () => {
  expect(() => parseCommand({ command: 'deploy', $derived: { name: 'core.system', args: {} } })).toThrow('unknown key');
});

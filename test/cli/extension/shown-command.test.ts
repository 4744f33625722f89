import { expect, test } from 'vitest';

import { shownCommand } from '../../../src/cli/extension/shown-command.ts';

test('`shownCommand()` shows each argument on a line of its own, as a shell would have to read it', () => {
  const lines = shownCommand(
    { name: 'echo', args: ['a b', "it's", '', '--x=1'], dir: '/w', env: { A: 'b c' }, stdin: 'in\n', nice: 5 },
    (_look, text) => text,
  );
  expect(lines).toEqual([
    'program   echo',
    "arg 1     'a b'",
    String.raw`arg 2     'it'\''s'`,
    "arg 3     ''",
    'arg 4     --x=1',
    'directory /w',
    "variable  A='b c'",
    "stdin     'in\n'",
    'nice      5',
  ]);
});

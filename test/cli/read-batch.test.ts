import { expect, test } from 'vitest';
import { readAfterOption } from '../../src/cli/after-option.ts';
import { readBatch } from '../../src/cli/read-batch.ts';
import { batchCommand } from '../../src/client/batch.ts';

const two = [{ command: 'a' }, { command: 'b', after: ['a'] }];

test.each([
  ['JSON lines', '{"command":"a"}\n\n{"command":"b","after":["a"]}\n'],
  ['a JSON list', JSON.stringify(two)],
  ['a YAML list', '- command: a\n- {command: b, after: [a]}\n'],
])('readBatch() reads %s', async (_what, text) => {
  expect(await readBatch(text, 'x')).toEqual({ commands: two });
});

test.each([
  ['JSON', JSON.stringify({ commands: two, defaults: { queue: 'q' }, max_in_flight: 2, on_failure: 'stop' })],
  [
    'YAML',
    'defaults: {queue: q}\nmax_in_flight: 2\non_failure: stop\ncommands: [{command: a}, {command: b, after: [a]}]',
  ],
])('readBatch() reads an object in %s', async (_what, text) => {
  const read = await readBatch(text, 'x');
  expect(read).toEqual({ commands: two, defaults: { queue: 'q' }, maxInFlight: 2, onFailure: 'stop' });
});

test.each([
  ['', 'it is empty'],
  ['[1]', 'x, command 1'],
  ['{"command":"a"}\n{oops}', 'x, line 2'],
  ['{"commands":{}}', '"commands" is no list'],
  ['{"commands":[],"max":1}', '"max" is unknown there'],
  ['a: [', 'Cannot read the batch in x'],
  ['a: &a [*a]', 'Cannot read the batch in x'],
])('readBatch() refuses %j', async (text, message) => {
  await expect(readBatch(text, 'x')).rejects.toThrow(message);
});

test.each([
  ['build', { id: 'build' }],
  ['build:done', { id: 'build', condition: 'done' }],
  ['a:b:started', { id: 'a:b', condition: 'started' }],
  ['a:b', { id: 'a:b' }],
  [':done', { id: ':done' }],
])('readAfterOption() of %s', (text, dependency) => {
  expect(readAfterOption(text)).toEqual(dependency);
});

test('batchCommand() refuses what the agent would not read in one frame', () => {
  const many = Array.from({ length: 10_000 }, () => ({ arguments: { name: 'true' } }));
  expect(() => batchCommand(many, {})).toThrow('more than 9984 keys; make it several batches');
});

import { expect, test } from 'vitest';
import { readRunNote, writeRunNote } from '../../src/engine/run-note.ts';

test('a note is read as it was written', () => {
  const note = { startedAt: 5, identity: { pid: 7, startTime: 9, boot: 'b' } };
  expect(readRunNote(writeRunNote(note))).toMatchObject(note);
});

test.each(['', '{', '{}', '{"version":2,"startedAt":1}'])(
  'a note of another version or none, %j, is left unread',
  (text) => {
    expect(readRunNote(text)).toBeUndefined();
  },
);

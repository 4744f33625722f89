import { describe, expect, test } from 'vitest';

import { JobOutput } from '../../../src/engine/streams/job-output.ts';
import { lastLine, lastWords } from '../../../src/engine/streams/last-line.ts';
import { FakeOutputArchive } from '../../fakes/fake-output-archive.ts';

describe('lastWords()', () => {
  test.each([
    ['one\ntwo\n', 'two'],
    ['one\nhalf', 'half'],
    ['one\n\n  \n', 'one'],
    ['7::be careful\n', 'be careful'],
    ['20:::\n{"a":1}\n:::\n', '{"a":1}'],
    ['10 %\r20 %\r', '20 %'],
    ['\u001B[31mred\u001B[0m\n\u001B]0;title\u0007', 'red'],
    ['a\tb\u0008c', 'a bc'],
    ['', undefined],
    ['\n\n', undefined],
  ])('of %j is %j', (text, words) => {
    expect(lastWords(text)).toBe(words);
  });

  test('is cut between characters', () => {
    expect(lastWords('😀'.repeat(300))).toBe('😀'.repeat(200));
  });
});

describe('lastLine()', () => {
  test('reads the end of what is kept, and nothing of a job that said nothing', async () => {
    const archive = new FakeOutputArchive();
    const bytes = Buffer.from(`${'x'.repeat(5000)}\nlast\n`);
    archive.add('uid', [{ type: 'bytes', stream: 'stderr', position: 0, epoch: 1, bytes }]);
    const output = new JobOutput({ uid: 'uid', archive, raw: true, end: bytes.length });
    output.settle();
    expect(await lastLine(output)).toBe('last');
    expect(await lastLine(new JobOutput({ uid: 'uid', archive, raw: true, end: 0 }))).toBeUndefined();
  });
});

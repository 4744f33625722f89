import { expect, test } from 'vitest';
import { judgeOutput } from '../../../bench/soak/judge-output.ts';
import { LogReader } from '../../../bench/soak/log-reader.ts';
import { factsOf, planOf, resultOf, runOf } from './facts.ts';

const noise = Buffer.from('abcdefghij');
const noisy = planOf({
  command: { ...planOf().command, raw: true },
  output: { type: 'noise', bytes: noise.length },
});
const talkative = planOf({ output: { type: 'lines', count: 2 } });

const noisyFacts = (more = {}) =>
  factsOf({ plan: noisy, result: resultOf({ output: { bytes: noise.length, dropped: 0 } }), ...more });

test('LogReader takes every byte once, over several connections', () => {
  const reader = new LogReader(noisy, noise);
  reader.bytes(0, noise.subarray(0, 4));
  expect(reader.request).toMatchObject({ arguments: { from: 4, as: 'bytes' } });
  reader.bytes(4, noise.subarray(4));
  reader.ended(10);
  expect(judgeOutput(reader, noisyFacts())).toEqual([]);
});

test('LogReader finds bytes that come twice, are wrong or missing', () => {
  const twice = new LogReader(noisy, noise);
  twice.bytes(0, noise.subarray(0, 4));
  twice.bytes(2, noise.subarray(2));
  expect(judgeOutput(twice, noisyFacts())).toEqual(['Bytes at 2 instead of 4']);
  const wrong = new LogReader(noisy, noise);
  wrong.bytes(0, Buffer.from('abcdeXghij'));
  expect(judgeOutput(wrong, noisyFacts({ losses: [1500] }))).toEqual(['Wrong bytes at 0']);
  const short = new LogReader(noisy, noise);
  short.bytes(0, noise.subarray(0, 9));
  short.ended(9);
  expect(judgeOutput(short, noisyFacts())).toEqual([
    'Read to 9, the result counts 10',
    '9 bytes of 10 that were written',
  ]);
  expect(judgeOutput(short, noisyFacts({ losses: [1500] }))).toEqual([]);
});

test('LogReader finds gaps although nothing was dropped', () => {
  const reader = new LogReader(noisy, noise);
  reader.gap(0, 10);
  reader.ended(10);
  expect(judgeOutput(reader, noisyFacts())).toEqual(['Gaps although all is kept: [[0,10]]']);
});

test('LogReader wants every line of every run that came to its end, once and in order', () => {
  const hear = (reader: LogReader, ...texts: string[]): void => {
    for (const [seq, text] of texts.entries()) reader.message({ seq, level: 1, text, epoch: 0 });
  };
  const facts = factsOf({ plan: talkative, runs: [runOf(1)] });
  const good = new LogReader(talkative, noise);
  hear(good, 'u.1 1', 'u.1 2');
  expect(judgeOutput(good, facts)).toEqual([]);
  const doubled = new LogReader(talkative, noise);
  hear(doubled, 'u.1 1', 'u.1 1', 'u.1 2');
  expect(judgeOutput(doubled, facts)).toEqual(['Line "u.1 1" after number 1']);
  const short = new LogReader(talkative, noise);
  hear(short, 'u.1 1');
  expect(judgeOutput(short, facts)).toEqual(['1 of the 2 lines of run u.1']);
});

test('LogReader finds a seq that does not grow, whatever was lost', () => {
  const reader = new LogReader(talkative, noise);
  const message = { seq: 5, level: 1, text: 'x', epoch: 0 };
  reader.message(message);
  reader.message(message);
  expect(judgeOutput(reader, factsOf({ plan: talkative, losses: [1500] }))).toEqual(['seq 5 after 5']);
});

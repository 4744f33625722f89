import { expect, test } from 'vitest';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { StdinFeed } from '../../src/server/stdin-feed.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeEngine } from '../fakes/fake-engine.ts';
import { until } from '../harness/until.ts';

function feed({ credit = 100, start = 0 } = {}) {
  const engine = new FakeEngine();
  engine.job('job');
  const clock = new FakeClock();
  const taken: number[] = [];
  const closed: number[] = [];
  const failures: unknown[] = [];
  const stdin = new StdinFeed('job', start, engine.jobs, clock, credit, {
    onTaken: (offset, isClosed) => (isClosed ? closed : taken).push(offset),
    onFailed: (error) => failures.push(error),
  });
  const give = (offset: number, text: string): void => stdin.accept(offset, Buffer.from(text));
  return { engine, clock, stdin, give, taken, closed, failures };
}

test('a feed passes on what it gets, in order, and tells what was taken', async () => {
  const { engine, give, taken } = feed();
  give(0, 'one ');
  give(4, 'two ');
  give(8, 'three');
  await until('all was taken', () => taken.at(-1) === 13);
  expect(engine.stdin.text).toBe('one two three');
});

test('a feed begins where the job was when it was opened, and skips what stands before', async () => {
  const { engine, give, taken, failures } = feed({ start: 6 });
  engine.stdin.taken.push(Buffer.from('before'));
  give(0, 'before and after');
  await until('all was taken', () => taken.at(-1) === 16);
  expect([engine.stdin.text, failures]).toEqual(['before and after', []]);
});

test('a feed skips what was given before', async () => {
  const { engine, give, taken } = feed();
  give(0, 'abc');
  give(1, 'bcd');
  give(0, 'ab');
  await until('all was taken', () => taken.at(-1) === 4);
  expect(engine.stdin.text).toBe('abcd');
});

test('a feed refuses a hole', () => {
  const { give, failures } = feed();
  give(0, 'abc');
  give(4, 'e');
  expect(failures).toEqual([expect.objectContaining({ code: 'bad-frame' })]);
});

test('a feed goes behind what others gave meanwhile', async () => {
  const { engine, give, taken } = feed({ start: 6 });
  engine.stdin.taken.push(Buffer.from('before'), Buffer.from(' others'));
  give(6, ' mine');
  await until('it was taken', () => taken.at(-1) === 11);
  engine.stdin.taken.push(Buffer.from(' others'));
  give(11, ' mine');
  await until('it was taken', () => taken.at(-1) === 16);
  expect(engine.stdin.text).toBe('before others mine others mine');
});

test('a feed refuses to begin behind what the job had taken', () => {
  const { give, failures } = feed();
  give(50, 'abc');
  expect(failures).toEqual([expect.objectContaining({ code: 'bad-frame' })]);
});

test('a feed takes the whole credit and not a byte more', async () => {
  const { engine, give, failures } = feed({ credit: 100 });
  engine.stdin.room = 0;
  give(0, 'x'.repeat(60));
  give(60, 'x'.repeat(40));
  expect(failures).toEqual([]);
  give(100, 'x');
  expect(failures).toEqual([expect.objectContaining({ code: 'too-many' })]);
});

test('a feed gives again what was not taken, with growing pauses, until there is room', async () => {
  const { engine, clock, give, taken } = feed();
  engine.stdin.room = 2;
  give(0, 'abcdef');
  await until('two bytes were taken', () => taken.at(-1) === 2);
  await clock.advance(10_000);
  const tries = engine.stdin.writes;
  expect(tries).toBeGreaterThan(20);
  expect(tries).toBeLessThan(60);
  engine.stdin.room = 100;
  await clock.advance(300);
  await until('all was taken', () => taken.at(-1) === 6);
  expect(engine.stdin.text).toBe('abcdef');
});

test('an empty frame ends the input after all before it was taken', async () => {
  const { engine, clock, give, taken, closed } = feed();
  engine.stdin.room = 0;
  give(0, 'abc');
  give(3, '');
  await clock.advance(100);
  expect([engine.stdin.closedAt, closed]).toEqual([undefined, []]);
  engine.stdin.room = 10;
  await clock.advance(300);
  await until('it was closed', () => closed.length > 0);
  expect([engine.stdin.closedAt, taken, closed]).toEqual([3, [3], [3]]);
});

test('an empty frame alone ends the input where it says', async () => {
  const { engine, give, closed } = feed();
  give(0, '');
  await until('it was closed', () => closed.length > 0);
  expect(engine.stdin.closedAt).toBe(0);
});

test('a feed refuses bytes after the end', () => {
  const { engine, give, failures } = feed();
  engine.stdin.room = 0;
  give(0, 'abc');
  give(3, '');
  give(3, 'd');
  expect(failures).toEqual([expect.objectContaining({ code: 'bad-frame' })]);
});

test('a feed waits for a job that does not run yet', async () => {
  const { engine, clock, give, taken, failures } = feed();
  engine.stdin.failure = new AgentError('not-running', 'not yet');
  engine.stdin.state = 'queued';
  give(0, 'early');
  await clock.advance(5000);
  expect([taken, failures]).toEqual([[], []]);
  engine.stdin.failure = undefined;
  await clock.advance(300);
  await until('it was taken', () => taken.at(-1) === 5);
});

test('a feed fails when its job has settled', async () => {
  const { engine, give, failures } = feed();
  engine.stdin.failure = new AgentError('not-running', 'over');
  engine.stdin.state = 'settled';
  give(0, 'late');
  await until('it failed', () => failures.length > 0);
  expect(failures).toEqual([expect.objectContaining({ code: 'not-running' })]);
});

test('a feed fails with what writing throws', async () => {
  const { engine, give, failures } = feed();
  engine.stdin.failure = new AgentError('not-able', 'no input');
  give(0, 'abc');
  await until('it failed', () => failures.length > 0);
  expect(failures).toEqual([expect.objectContaining({ code: 'not-able' })]);
});

test('a closed feed gives nothing more and leaves no timer', async () => {
  const { engine, clock, stdin, give } = feed();
  engine.stdin.room = 0;
  give(0, 'abc');
  await clock.advance(100);
  stdin.close();
  const tries = engine.stdin.writes;
  give(3, 'def');
  await clock.advance(10_000);
  expect([engine.stdin.writes, clock.waiting]).toEqual([tries, 0]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ParsedMessage } from '../../src/engine/streams/parsed-message.ts';
import type { ReadingItem } from '../../src/engine/streams/reading.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { EngineStage, turns } from '../harness/engine-stage.ts';
import type { Life } from '../harness/engine-stage.ts';

const TOKENS = ['\n', '\n', 'a', '5::', '20:::', '20::', '\n:::\n', ':::', '9::', ':', '2', '300::', 'é', '😀'];
const said = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...TOKENS.map((text) => Buffer.from(text)), Buffer.from([0xff])) },
  // More than a note keeps of a line, and more than a result keeps of a stream.
  { weight: 1, arbitrary: fc.constantFrom(Buffer.alloc(20_000, 'x'), Buffer.from('line\n'.repeat(120))) },
);
const step = fc.record({
  said,
  stream: fc.constantFrom('stdout' as const, 'stdout' as const, 'stderr' as const),
  pauseMs: fc.constantFrom(0, 0, 0, 300, 1000, 2500),
  crash: fc.constantFrom(false, false, false, true),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Heard {
  readonly result: JobResult;
  readonly items: readonly ReadingItem[];
  /** What each agent's handlers heard. */
  readonly handled: readonly (readonly ParsedMessage[])[];
}

async function listen(life: Life, into: ParsedMessage[][]): Promise<void> {
  const messages: ParsedMessage[] = [];
  into.push(messages);
  life.engine.addHandler({ name: 'listener', message: (_job, message) => void messages.push(message) });
  await turns();
}

/** One job that says all this in two runs, its agent being killed where the steps say so, if it is to be. */
async function live(runs: readonly (readonly Step[])[], mayCrash: boolean): Promise<Heard> {
  const stage = new EngineStage();
  const handled: ParsedMessage[][] = [];
  let life = await stage.begin();
  await listen(life, handled);
  await life.start({ id: 'a', max_restart: 1 });
  for (const [index, steps] of runs.entries()) {
    for (const { said: bytes, stream, pauseMs, crash } of steps) {
      stage.keeper.say(life.key('a'), bytes, stream);
      await turns();
      await stage.clock.advance(pauseMs);
      if (!crash || !mayCrash) continue;
      life.crash();
      life = await stage.begin();
      await listen(life, handled);
    }
    stage.keeper.exit(life.key('a'), { code: runs.length - 1 - index });
    await turns();
    await stage.clock.advance(2000);
  }
  await turns();
  return { result: await life.engine.result('a'), items: await life.read('a'), handled };
}

const messagesOf = (items: readonly ReadingItem[]): unknown[] =>
  items.flatMap((item) => (item.type === 'messages' ? item.messages : []));

test('result and messages are the same whether or not its agent was killed, wherever that was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 12 }), async (first, second) => {
      const whole = await live([first, second], false);
      const broken = await live([first, second], true);
      expect(broken.result).toEqual(whole.result);
      expect(messagesOf(broken.items)).toEqual(messagesOf(whole.items));
      const all = whole.handled.flat().map(({ text }) => text);
      const last = broken.handled.at(-1)?.map(({ text }) => text) ?? [];
      expect(last).toEqual(all.slice(all.length - last.length));
    }),
    { numRuns: 150 },
  );
});

test('an agent that takes over hears only what came since the last note', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  stage.keeper.say(key, '20::{"n":1}\nold\n2::trouble\nhalf a ');
  await turns();
  await stage.clock.advance(1000);
  first.crash();
  const handled: ParsedMessage[][] = [];
  const second = await stage.begin();
  await listen(second, handled);
  stage.keeper.say(key, 'line\nnew\n');
  stage.keeper.exit(key);
  expect(await second.result('a')).toMatchObject({
    data: '{"n":1}',
    level: 20,
    streams: ['old\nhalf a line\nnew\n', 'trouble\n'],
  });
  expect(handled.flat().map(({ seq, text }) => `${seq} ${text}`)).toEqual(['38 half a line', '42 new']);
});

test('what a lost run was heard to say is in its result, though its output is gone with what owned it', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  const startedAt = stage.clock.now();
  stage.keeper.say(key, 'heard\n20::{"n":1}\nopen');
  await turns();
  await stage.clock.advance(1000);
  first.crash();
  stage.keeper.die();
  const second = await stage.begin();
  expect(await second.result('a')).toMatchObject({
    runs: 1,
    starttime: startedAt,
    data: '{"n":1}',
    streams: ['heard\nopen', ''],
    output: { bytes: 22 },
  });
});

test('positions that may have been told of a lost run are not given to the next one: they are a gap', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a', max_restart: 1 });
  stage.keeper.say(key, 'heard\n');
  await turns();
  await stage.clock.advance(1000);
  first.crash();
  stage.keeper.die();
  const second = await stage.begin();
  await stage.clock.advance(2000);
  const again = second.key('a');
  const start = 6 + 1024 * 1024;
  expect(stage.keeper.runs.get(again)?.outputStart).toBe(start);
  stage.keeper.say(again, 'more\n');
  stage.keeper.exit(again);
  const result = second.result('a');
  const items = second.read('a', { from: 6, as: 'messages' });
  await turns();
  expect(await result).toMatchObject({
    streams: ['more\n', ''],
    output: { bytes: start + 5, dropped: 1024 * 1024 },
  });
  expect((await items).filter(({ type }) => type === 'gap' || type === 'messages')).toMatchObject([
    { type: 'gap', from: 6, to: start },
    { type: 'messages', messages: [{ seq: start + 4, text: 'more' }] },
  ]);
});

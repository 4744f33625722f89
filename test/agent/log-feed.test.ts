import { describe, expect, test } from 'vitest';
import { LogFeed } from '../../src/agent/log-feed.ts';
import type { HandledJob } from '../../src/engine/handlers.ts';
import type { LogFilter } from '../../src/engine/log-access.ts';
import type { ParsedMessage } from '../../src/engine/streams/parsed-message.ts';
import { parseCommand } from '../../src/protocol/command.ts';
import type { LogRecord } from '../../src/protocol/log-record.ts';
import { successOf } from '../fakes/results.ts';

const ALL: LogFilter = { jobs: true, agent: 'debug', backlog: 1000 };

function job(id: string, tags: string[] = []): HandledJob {
  const command = parseCommand({ command: 'core.system', id, tags, arguments: { name: 'x' } });
  return { id, uid: id, command, acceptedAt: 0, runs: 1, info: () => expect.fail('Nobody asks') };
}

function messages(...texts: string[]): ParsedMessage[] {
  return texts.map((text, seq) => ({ seq, level: 1, text, epoch: 7, stream: 'stdout', terminated: true, run: 1 }));
}

function agentLine(level: string, msg: string): string {
  return `${JSON.stringify({ level, time: '2026-01-01T00:00:00.004Z', part: 'server', msg })}\n`;
}

/** What a new reader has at once. */
async function backlogOf(feed: LogFeed, filter: Partial<LogFilter> = {}): Promise<readonly LogRecord[]> {
  const reader = feed.follow({ ...ALL, ...filter });
  feed.agentLine(agentLine('error', 'the end'));
  const batch = await reader.next(1e9);
  reader.close();
  return (batch?.items ?? []).filter((record) => record.source === 'end' || record.text !== 'the end');
}

function textsOf(records: readonly LogRecord[]): string[] {
  return records.map((record) => (record.source === 'end' ? record.state : record.text));
}

describe('LogFeed', () => {
  test('tells what jobs say, how they end, and what the agent logs', async () => {
    const feed = new LogFeed();
    const { messages: hear, result } = feed.handler(() => 9);
    hear?.(job('a'), [{ ...messages('hello')[0]!, truncated: true }]);
    feed.agentLine(agentLine('warn', 'careful'));
    void result?.(job('a'), successOf('a', 'core.system'));
    expect(await backlogOf(feed)).toEqual([
      {
        source: 'job',
        id: 'a',
        command: 'core.system',
        run: 1,
        seq: 0,
        level: 1,
        text: 'hello',
        epoch: 7,
        truncated: true,
      },
      { source: 'agent', level: 'warn', text: 'careful', epoch: 1767225600004, facts: { part: 'server' } },
      { source: 'end', id: 'a', command: 'core.system', state: 'SUCCESS', code: 0, reason: 'exited', epoch: 9 },
    ]);
  });

  test.each<[Partial<LogFilter>, string[]]>([
    [{ levels: [2] }, ['SUCCESS', 'careful']],
    [{ levels: [1], agent: 'error' }, ['one', 'two', 'SUCCESS']],
    [{ tags: ['x'], agent: 'error' }, ['two']],
    [{ jobs: false }, ['careful']],
    [{ backlog: 2 }, ['SUCCESS', 'careful']],
  ])('picks by %j', async (filter, texts) => {
    const feed = new LogFeed();
    const { messages: hear, result } = feed.handler(() => 9);
    hear?.(job('a'), messages('one'));
    hear?.(job('b', ['x', 'y']), messages('two'));
    void result?.(job('a'), successOf('a', 'core.system'));
    feed.agentLine(agentLine('warn', 'careful'));
    expect(textsOf(await backlogOf(feed, filter))).toEqual(texts);
  });

  test('keeps the newest 1000 of jobs and of the agent, whatever the others say', async () => {
    const feed = new LogFeed();
    const { messages: hear } = feed.handler(() => 9);
    feed.agentLine(agentLine('info', 'first of all'));
    hear?.(job('a'), messages(...Array.from({ length: 4096 }, (_, n) => `a${n}`)));
    hear?.(job('b'), messages('b'));
    const reader = feed.follow({ ...ALL, backlog: 5000 });
    const { items = [] } = (await reader.next(1e9)) ?? {};
    reader.close();
    expect(textsOf(items)).toEqual(['first of all', ...Array.from({ length: 999 }, (_, n) => `a${n + 3097}`), 'b']);
  });

  test('gives a reader every message while it keeps up, and counts what it lost when it does not', async () => {
    const feed = new LogFeed();
    const { messages: hear } = feed.handler(() => 9);
    const reader = feed.follow({ ...ALL, backlog: 0 });
    hear?.(job('a'), messages(...Array.from({ length: 4096 }, (_, n) => `${n}`)));
    expect(await reader.next(1e9)).toMatchObject({ dropped: 0, items: { length: 4096 } });
    for (let n = 0; n < 5; n += 1) hear?.(job('a'), messages(...Array.from({ length: 4096 }, () => 'x')));
    const { dropped = 0, items = [] } = (await reader.next(1e9)) ?? {};
    expect(dropped + items.length).toBe(5 * 4096);
    expect(items.length).toBeLessThanOrEqual(10_000);
    reader.close();
  });

  test('cuts a long message, and says so', async () => {
    const feed = new LogFeed();
    feed.handler(() => 9).messages?.(job('a'), messages('x'.repeat(1_000_000)));
    const [record] = await backlogOf(feed);
    expect(record).toMatchObject({ text: 'x'.repeat(65_536), truncated: true });
  });

  test('has 64 readers and no more', () => {
    const feed = new LogFeed();
    const readers = Array.from({ length: 64 }, () => feed.follow(ALL));
    expect(() => feed.follow(ALL)).toThrow(expect.objectContaining({ code: 'too-many' }));
    readers[0]?.close();
    readers[0]?.close();
    readers.push(feed.follow(ALL));
    expect(() => feed.follow(ALL)).toThrow('64');
    for (const reader of readers) reader.close();
  });
});

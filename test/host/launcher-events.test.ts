import { describe, expect, test } from 'vitest';

import type { LauncherEvent } from '../../src/host/launcher.ts';
import { LauncherEvents } from '../../src/host/launcher-events.ts';

const stdin = (offset: number): LauncherEvent => ({ type: 'stdin', key: 'a.1', offset });
const trouble = (message: string): LauncherEvent => ({ type: 'output-trouble', key: 'a.1', message });

async function all(events: LauncherEvents): Promise<LauncherEvent[]> {
  events.close();
  return await Array.fromAsync(events);
}

describe('LauncherEvents', () => {
  test('gives events in the order they happened', async () => {
    const events = new LauncherEvents();
    for (const text of ['one', 'two', 'three']) events.push(trouble(text));
    expect(await all(events)).toEqual([trouble('one'), trouble('two'), trouble('three')]);
  });

  test('tells growth once a turn, and before what comes after it', async () => {
    const events = new LauncherEvents();
    events.grew('a.1', 1);
    events.grew('b.1', 5);
    events.grew('a.1', 2);
    events.push(trouble('late'));
    events.grew('a.1', 3);
    await new Promise(setImmediate);
    // The first growth is still waiting to be taken, so that the newest takes its place.
    expect(await all(events)).toEqual([
      { type: 'grew', key: 'a.1', end: 3 },
      { type: 'grew', key: 'b.1', end: 5 },
      trouble('late'),
    ]);
  });

  test('does not grow while nobody takes anything', async () => {
    const events = new LauncherEvents();
    for (let n = 1; n <= 1_000; n += 1) {
      events.push(stdin(n));
      events.grew('a.1', n);
    }
    expect(await all(events)).toEqual([stdin(1_000), { type: 'grew', key: 'a.1', end: 1_000 }]);
  });

  test('wakes its consumer, which sees growth after growth', async () => {
    const events = new LauncherEvents();
    const seen: LauncherEvent[] = [];
    const consumed = (async () => {
      for await (const event of events) seen.push(event);
    })();
    for (const end of [1, 2, 3]) {
      events.grew('a.1', end);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    expect(seen).toHaveLength(3);
    events.close();
    await consumed;
  });

  test('ends when it is closed, and takes nothing after that', async () => {
    const events = new LauncherEvents();
    events.push(trouble('before'));
    events.close();
    events.push(trouble('after'));
    expect(await Array.fromAsync(events)).toEqual([trouble('before')]);
  });
});

import { expect, test } from 'vitest';

import { type CpuProfile, roomOf, timeByRoom } from '../../bench/profile/cpu-profile.ts';

const frame = (functionName: string, url = ''): CpuProfile['nodes'][number]['callFrame'] => ({
  functionName,
  url,
  lineNumber: 0,
  columnNumber: 0,
});

test.each([
  ['file:///x/src/engine/calls.ts', 'engine'],
  ['file:///x/src/store/database/thread.ts', 'store'],
  ['file:///x/src/host/keeper/frames.ts', 'host/keeper'],
  ['file:///x/src/host/sweep.ts', 'host'],
  ['file:///x/builtins/core/ping.ts', 'builtins'],
  ['file:///x/node_modules/ws/lib/sender.js', 'ws'],
  ['file:///x/node_modules/@opentelemetry/api/build/index.js', '@opentelemetry/api'],
  ['node:net', 'node:net'],
  ['node:internal/streams/writable', 'node:internal/streams'],
  ['', 'built into V8'],
])('roomOf() finds the room of %s', (url, room) => {
  expect(roomOf(frame('run', url))).toBe(room);
});

test('timeByRoom() sorts self time by room within a span and leaves idle time out', () => {
  const profile: CpuProfile = {
    startTime: 1000,
    nodes: [
      { id: 1, callFrame: frame('start', 'file:///x/src/agent/agent.ts') },
      { id: 2, callFrame: frame('send', 'file:///x/src/server/outbox.ts') },
      { id: 3, callFrame: frame('(garbage collector)') },
      { id: 4, callFrame: frame('(idle)') },
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [100, 300, 100, 400, 100],
  };
  expect(timeByRoom(profile, { from: 1101, to: 2000 })).toEqual({
    busy: 500 / 900,
    rooms: [
      { room: 'server', percent: 80, top: [{ name: 'outbox:send', percent: 80 }] },
      { room: 'garbage collection', percent: 20, top: [{ name: '(garbage collector)', percent: 20 }] },
    ],
  });
});

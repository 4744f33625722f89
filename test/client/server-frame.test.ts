import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerFrame } from '../../src/client/server-frame.ts';
import { SERVER_FRAMES } from '../../src/protocol/frames.ts';

test('readServerFrame() never throws and lets nothing through that lacks what the client relies on', () => {
  const member = fc.constantFrom('id', 'ref', 'handle', 'messages', 'from', 'to', 'position', 'state', 'data', 'code');
  const frame = fc
    .tuple(fc.constantFrom(...Object.keys(SERVER_FRAMES)), fc.dictionary(member, fc.jsonValue()))
    .map(([type, members]) => JSON.stringify({ type, ...members }));
  fc.assert(
    fc.property(fc.oneof(frame, fc.json(), fc.string()), (text) => {
      const read = readServerFrame(text);
      if (read.type !== 'frame') return;
      const { frame: value } = read;
      if (value.type === 'messages') expect(value.messages.every(({ seq }) => Number.isSafeInteger(seq))).toBe(true);
      if (value.type === 'end') expect(Number.isSafeInteger(value.handle)).toBe(true);
      if (value.type === 'result') expect(typeof value.data).toBe('string');
    }),
    { numRuns: 2000 },
  );
});

test('readServerFrame() reads every type of frame and ignores unknown ones', () => {
  const message = { seq: 1, level: 1, text: 'x', epoch: 1 };
  const frames = [
    { type: 'hello', protocol: 1, version: '', agent: '', heartbeat_ms: 1, limits: {} },
    { type: 'accepted', id: 'a', attached: false },
    { type: 'messages', id: 'a', run: 1, messages: [message] },
    { type: 'gap', id: 'a', from: 0, to: 1 },
    { type: 'stats', id: 'a', cpu: 1, rss: 1, vms: 1, swap: 1, time: 1 },
    { type: 'event', id: 'a', event: 'queued' },
    { type: 'log', handle: 1, records: [{ source: 'agent', level: 'info', text: '', epoch: 1, facts: {} }] },
    { type: 'resources', handle: 1, events: [{ event: 'noop', bookmark: 'AA' }] },
    { type: 'end', id: 'a', handle: 1, position: 0 },
    { type: 'result', id: 'a', state: 'SUCCESS', reason: 'exited', data: '', code: 0 },
    { type: 'error', code: 'bad-frame', message: 'Cannot' },
  ];
  expect(frames.map(({ type }) => type)).toEqual(Object.keys(SERVER_FRAMES));
  for (const frame of frames) expect(readServerFrame(JSON.stringify(frame))).toEqual({ type: 'frame', frame });
  expect(readServerFrame('{"type":"tomorrow"}')).toEqual({ type: 'unknown' });
  expect(readServerFrame('{"type":"toString"}')).toEqual({ type: 'unknown' });
});

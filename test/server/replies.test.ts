import { expect, test } from 'vitest';
import { AcceptedFrame, ErrorFrame, HelloFrame, ResultFrame } from '../../src/protocol/frames.ts';
import { DEFAULT_SERVER_LIMITS } from '../../src/server/limits.ts';
import { acceptedText, errorText, helloText, resultText } from '../../src/server/replies.ts';
import { successOf } from '../fakes/results.ts';

const read = (text: string): unknown => JSON.parse(text);

test('`helloText()` tells versions, limits and the heartbeat', () => {
  const hello = HelloFrame.parse(read(helloText({ name: 'box', version: '1.2.3' }, DEFAULT_SERVER_LIMITS)));
  expect(hello).toMatchObject({ protocol: 1, version: '1.2.3', agent: 'box', heartbeat_ms: 20_000 });
  expect(hello.limits).toEqual({ frame: 1_048_576, unanswered: 1024, stdin_credit: 1_048_576 });
});

test.each([undefined, 'r', 7])('`acceptedText()` fits its schema with ref %j', (ref) => {
  expect(AcceptedFrame.parse(read(acceptedText('job', true, ref, undefined)))).toEqual({
    type: 'accepted',
    id: 'job',
    attached: true,
    ...(ref === undefined ? {} : { ref }),
  });
  expect(AcceptedFrame.parse(read(acceptedText('job', false, ref, 3)))).toMatchObject({ handle: 3 });
});

test.each([undefined, 'with "quotes"', 0])('`resultText()` fits its schema with ref %j', (ref) => {
  const result = successOf('job', 'core.ping', { a: '"\n' });
  const frame = ResultFrame.parse(read(resultText(result, ref)));
  expect(frame).toEqual({ ...result, type: 'result', ...(ref === undefined ? {} : { ref }) });
});

test('`errorText()` fits its schema', () => {
  expect(ErrorFrame.parse(read(errorText('bad-frame', 'no', {})))).toEqual({
    type: 'error',
    code: 'bad-frame',
    message: 'no',
  });
  expect(ErrorFrame.parse(read(errorText('too-many', 'no', { ref: 'r', handle: 2 })))).toMatchObject({
    ref: 'r',
    handle: 2,
  });
});

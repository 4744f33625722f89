import { describe, expect, test } from 'vitest';

import { EventFrame, JobEvent, SERVER_FRAMES } from '../../src/protocol/frames.ts';

describe('SERVER_FRAMES', () => {
  test.each(Object.entries(SERVER_FRAMES))('%s is told apart by its type', (type, schema) => {
    expect(schema.shape.type.value).toBe(type);
  });

  test.each(Object.entries(SERVER_FRAMES))('%s says what it is for', (_type, schema) => {
    expect(schema.description).toMatch(/\.$/);
  });
});

describe('EventFrame', () => {
  test('carries the facts of an event beside its own members', () => {
    const event = JobEvent.parse({ event: 'started', run: 1, pid: 7, position: 0 });
    expect(EventFrame.parse({ type: 'event', id: 'a', ...event })).toEqual({ type: 'event', id: 'a', ...event });
  });

  test('has no event that uses the name of one of them', () => {
    const own = ['type', 'id', 'handle'];
    const facts = JobEvent.options.flatMap((option) => Object.keys(option.shape));
    expect(facts.filter((name) => own.includes(name))).toEqual([]);
  });
});

describe('JobEvent', () => {
  test.each([
    [{ event: 'exited', run: 1 }],
    [{ event: 'started', run: 1, position: -1 }],
    [{ event: 'unheard-of' }],
    [{ event: 'unscheduled', more: true }],
  ])('refuses %j', (value) => {
    expect(JobEvent.safeParse(value).success).toBe(false);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextState } from '../../src/engine/job-state.ts';
import type { JobStateEvent } from '../../src/engine/job-state.ts';
import type { JobState } from '../../src/protocol/job-info.ts';

const EVENTS: readonly JobStateEvent[] = ['admit', 'started', 'stop', 'again', 'due', 'settle'];

function walk(events: readonly JobStateEvent[]): JobState[] {
  const states: JobState[] = ['queued'];
  for (const event of events) states.push(nextState(states.at(-1) ?? 'queued', event) ?? states.at(-1) ?? 'queued');
  return states;
}

test('`nextState()` follows a run, a wait and another run to the end', () => {
  expect(walk(['admit', 'started', 'again', 'due', 'admit', 'started', 'stop', 'settle'])).toEqual([
    'queued',
    'starting',
    'running',
    'waiting',
    'queued',
    'starting',
    'running',
    'stopping',
    'settled',
  ]);
});

test('`nextState()` has no way out of settled', () => {
  for (const event of EVENTS) expect(nextState('settled', event)).toBeUndefined();
});

test('`nextState()` settles from every state but settled', () => {
  for (const state of ['queued', 'starting', 'running', 'stopping', 'waiting'] as const) {
    expect(nextState(state, 'settle')).toBe('settled');
  }
});

test('`nextState()` never reaches running without starting, nor starts a job that was not queued, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
      const states = walk(events);
      for (let at = 1; at < states.length; at += 1) {
        const [from, to] = [states[at - 1], states[at]];
        if (from === to) continue;
        if (to === 'running') expect(from).toBe('starting');
        if (to === 'starting') expect(from).toBe('queued');
        if (to === 'queued') expect(from).toBe('waiting');
        if (to === 'stopping') expect(['starting', 'running']).toContain(from);
        expect(from).not.toBe('settled');
      }
    }),
  );
});

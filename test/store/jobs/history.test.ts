import { DatabaseSync } from 'node:sqlite';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { HistoryQuery } from '../../../src/engine/job-store.ts';
import type { Reason, State } from '../../../src/protocol/reasons.ts';
import { historyStatement } from '../../../src/store/jobs/history.ts';
import { CREATE_JOBS } from '../../../src/store/migrations/0001-jobs.ts';
import { openStore, type Store } from '../../../src/store/open-store.ts';
import { acceptance, settled } from '../../contracts/job-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

interface Known {
  readonly id: string;
  readonly job: number;
  readonly name: string;
  readonly queue: string | undefined;
  readonly tags: readonly string[];
  readonly state: State;
  readonly reason: Reason;
  readonly endedAt: number;
}

const STATES: State[] = ['SUCCESS', 'ERROR', 'KILLED'];
const REASONS: Reason[] = ['exited', 'killed', 'lost'];
const COUNT = 5000;
const START = 1_000_000_000_000;

const job = fc.record({
  name: fc.constantFrom('a', 'b', 'rare'),
  queue: fc.option(fc.constantFrom('q', 'r'), { nil: undefined }),
  tags: fc.subarray(['t', 'u', 'v', 'w']),
  state: fc.constantFrom(...STATES),
  reason: fc.constantFrom(...REASONS),
  endedAt: fc.integer({ min: START, max: START + 1000 }),
});

const query: fc.Arbitrary<HistoryQuery> = fc.record(
  {
    limit: fc.integer({ min: 1, max: 1000 }),
    command: fc.constantFrom('a', 'rare', 'none'),
    queue: fc.constantFrom('q', 'none'),
    tags: fc.subarray(['t', 'u', 'v', 'none']),
    states: fc.subarray(STATES),
    reasons: fc.subarray(REASONS),
    since: fc.integer({ min: START - 10, max: START + 1000 }),
    until: fc.integer({ min: START, max: START + 1010 }),
  },
  { requiredKeys: ['limit'] },
);

function fits(known: Known, asked: HistoryQuery): boolean {
  return (
    (asked.command === undefined || known.name === asked.command) &&
    (asked.queue === undefined || known.queue === asked.queue) &&
    (asked.states === undefined || asked.states.includes(known.state)) &&
    (asked.reasons === undefined || asked.reasons.includes(known.reason)) &&
    (asked.since === undefined || known.endedAt >= asked.since) &&
    (asked.until === undefined || known.endedAt < asked.until) &&
    (asked.tags ?? []).every((tag) => known.tags.includes(tag))
  );
}

describe('the history of many jobs', () => {
  let store: Store;
  let newestFirst: Known[];

  beforeAll(async () => {
    store = await openStore({ directory: undefined, clock: new FakeClock() });
    const jobs = fc.sample(job, { numRuns: COUNT, seed: 7 });
    newestFirst = jobs
      .map((known, index) => ({ ...known, id: String(index), job: index }))
      .sort((one, other) => other.endedAt - one.endedAt || other.job - one.job);
    await Promise.all(
      jobs.map(async ({ name, queue, tags, state, reason, endedAt }, index) => {
        await store.jobs.accept(acceptance(String(index), { name, queue, tags }));
        await store.jobs.conclude(`uid-${index}`, settled({ state, reason, endedAt }));
      }),
    );
  });
  afterAll(async () => {
    await store.close();
  });

  test('is found by any combination of conditions, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        const expected = newestFirst.filter((known) => fits(known, asked)).map(({ id }) => id);
        const first = await store.jobs.history(asked);
        expect(first.jobs.map(({ id }) => id)).toEqual(expected.slice(0, asked.limit));
        expect(first.cursor !== undefined).toBe(expected.length > asked.limit);
        if (first.cursor === undefined) return;
        const second = await store.jobs.history({ ...asked, cursor: first.cursor });
        expect(second.jobs.map(({ id }) => id)).toEqual(expected.slice(asked.limit, asked.limit * 2));
      }),
      { numRuns: 200 },
    );
  });
});

describe('historyStatement()', () => {
  test('walks one key’s entries in their order, whatever is asked, and reads no other row', () => {
    const database = new DatabaseSync(':memory:');
    database.exec(CREATE_JOBS);
    fc.assert(
      fc.property(query, fc.boolean(), (asked, goesOn) => {
        // A list that allows nothing is never carried out.
        fc.pre(asked.states?.length !== 0 && asked.reasons?.length !== 0);
        const { sql, values } = historyStatement(goesOn ? { ...asked, cursor: '5.7' } : asked);
        const plan = database
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...values, 10)
          .map((row) => String(row['detail']));
        expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
        expect(plan.filter((step) => step.startsWith('SCAN')).every((step) => step === 'SCAN history')).toBe(true);
        expect(plan.find((step) => step.includes('entry'))).toMatch(/^SEARCH entry USING PRIMARY KEY \(key=\?/);
      }),
    );
    database.close();
  });
});

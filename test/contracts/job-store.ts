import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Acceptance, FinishedJob, JobProgress, JobStore, Outcome } from '../../src/engine/job-store.ts';
import type { State } from '../../src/protocol/reasons.ts';
import type { FakeClock } from '../fakes/fake-clock.ts';

/** A store under test. */
export interface JobStoreStage extends AsyncDisposable {
  readonly jobs: JobStore;
  /** The store's time. */
  readonly clock: FakeClock;
  /** The same store after its agent ended and another began. */
  reopen(): Promise<JobStore>;
}

const START = 1_000_000_000_000;
const DAY_MS = 86_400_000;

/** A command on its way to become job `id`, unqueued and without a run. */
export function acceptance(id: string, change: Partial<Acceptance> = {}): Acceptance {
  return {
    uid: `uid-${id}`,
    id,
    hash: `hash-${id}`,
    command: `{"command":"core.system","id":"${id}"}`,
    name: 'core.system',
    tags: [],
    queue: undefined,
    priority: 0,
    acceptedAt: START,
    protected: false,
    raw: false,
    title: undefined,
    intent: undefined,
    ...change,
  };
}

/** A job's end, `endedAt` being an hour after its start unless said. */
export function settled(change: Partial<Extract<Outcome, { type: 'settled' }>> = {}): Outcome {
  const endedAt = change.endedAt ?? START + 3_600_000;
  return {
    type: 'settled',
    output: undefined,
    result: '{"state":"SUCCESS"}',
    state: 'SUCCESS',
    code: 0,
    reason: 'exited',
    runs: 1,
    startedAt: START + 1,
    endedAt,
    expiresAt: endedAt + DAY_MS,
    outputEnd: 0,
    ...change,
  };
}

const progress: JobProgress = {
  failures: 2,
  dueAt: START + 5000,
  outputEnd: 120,
  outputDropped: 20,
  final: false,
  lastRun: '{"data":"half way"}',
};

/** What every job store promises. */
export function describeJobStore(name: string, make: () => Promise<JobStoreStage>): void {
  describe(name, () => {
    let stage: JobStoreStage;
    let jobs: JobStore;

    beforeEach(async () => {
      stage = await make();
      jobs = stage.jobs;
    });
    afterEach(async () => {
      await stage[Symbol.asyncDispose]();
    });

    const finish = async (id: string, change: Partial<Acceptance> = {}, outcome = settled()): Promise<void> => {
      await jobs.accept(acceptance(id, change));
      await jobs.conclude(change.uid ?? `uid-${id}`, outcome);
    };

    describe('open()', () => {
      test('counts its calls over all lives', async () => {
        expect(await jobs.open()).toEqual({ generation: 1, unfinished: [], queues: [] });
        expect(await (await stage.reopen()).open()).toEqual({ generation: 2, unfinished: [], queues: [] });
      });

      test('tells what is unfinished in order of acceptance, with all that was written of it', async () => {
        const intent = { run: 1, place: 'keeper', epoch: 'e1' };
        const full = { tags: ['a', 'b'], queue: 'q', priority: 7, protected: true, raw: true, title: 'cat a b' };
        await jobs.accept(acceptance('z', full));
        await jobs.accept(acceptance('settled', { intent }));
        await jobs.accept(acceptance('a', { intent }));
        await jobs.conclude('uid-settled', settled());
        const { unfinished } = await (await stage.reopen()).open();
        const fresh = {
          failures: 0,
          dueAt: undefined,
          outputEnd: 0,
          outputDropped: 0,
          final: false,
          lastRun: undefined,
        };
        expect(unfinished).toEqual([
          { ...acceptance('z', full), ...fresh, runs: 0 },
          { ...acceptance('a', { intent }), ...fresh, runs: 1 },
        ]);
      });

      test('tells how far a job came between its runs', async () => {
        await jobs.accept(acceptance('a', { intent: { run: 1, place: 'keeper', epoch: 'e1' } }));
        await jobs.conclude('uid-a', { type: 'again', output: undefined, progress });
        const waiting = (await (await stage.reopen()).open()).unfinished;
        expect(waiting).toEqual([{ ...acceptance('a'), ...progress, runs: 1 }]);
      });
    });

    describe('accept()', () => {
      test('takes a job whose id is free', async () => {
        expect(await jobs.accept(acceptance('a'))).toEqual({ type: 'accepted' });
      });

      test('answers with the finished job that has the id, and writes nothing', async () => {
        await finish('a', {}, settled({ result: '{"first":1}', outputEnd: 9 }));
        const job: FinishedJob = {
          uid: 'uid-a',
          id: 'a',
          hash: 'hash-a',
          result: '{"first":1}',
          outputEnd: 9,
          raw: false,
        };
        expect(await jobs.accept(acceptance('a', { uid: 'other', hash: 'other' }))).toEqual({ type: 'exists', job });
        expect((await jobs.open()).unfinished).toEqual([]);
        expect(await jobs.find('a')).toEqual(job);
      });

      test('takes the id of a job that has expired', async () => {
        await finish('a', { tags: ['t'] }, settled({ expiresAt: START + 10 }));
        stage.clock.wallOffset = START + 10;
        expect(await jobs.accept(acceptance('a', { uid: 'new' }))).toEqual({ type: 'accepted' });
        expect((await jobs.open()).unfinished.map(({ uid }) => uid)).toEqual(['new']);
        expect((await jobs.history({ limit: 10, tags: ['t'] })).jobs).toEqual([]);
      });

      test('lets a finished job give way to one that replaces it, and no live one', async () => {
        await finish('a', { tags: ['t'] });
        expect(await jobs.accept(acceptance('a', { uid: 'new', replaces: true }))).toEqual({ type: 'accepted' });
        expect((await jobs.open()).unfinished.map(({ uid }) => uid)).toEqual(['new']);
        expect((await jobs.history({ limit: 10, tags: ['t'] })).jobs).toEqual([]);
        await expect(jobs.accept(acceptance('a', { uid: 'newer', replaces: true }))).rejects.toMatchObject({
          code: 'duplicate-id',
        });
      });

      test('refuses the id of a live job, and no other job with it', async () => {
        const answers = await Promise.allSettled([
          jobs.accept(acceptance('a')),
          jobs.accept(acceptance('a', { uid: 'twin' })),
          jobs.accept(acceptance('b')),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((await jobs.open()).unfinished.map(({ uid }) => uid)).toEqual(['uid-a', 'uid-b']);
      });

      test('keeps texts as they are', async () => {
        const command = JSON.stringify({ command: 'x', arguments: 'Ünï\u0000cödé 🚀 "\'; DROP TABLE jobs' });
        await jobs.accept(acceptance('!', { command, name: "'", tags: ['🚀', "t'"], queue: '"' }));
        expect((await jobs.open()).unfinished).toMatchObject([{ command, name: "'", tags: ['🚀', "t'"], queue: '"' }]);
      });
    });

    describe('intend()', () => {
      test('replaces the intent and counts runs, each once', async () => {
        await jobs.accept(acceptance('a'));
        await jobs.intend('uid-a', { run: 1, place: 'keeper', epoch: 'e1' });
        await jobs.intend('uid-a', { run: 1, place: 'keeper', epoch: 'e2' });
        expect((await jobs.open()).unfinished).toMatchObject([{ runs: 1, intent: { run: 1, epoch: 'e2' } }]);
        await jobs.conclude('uid-a', { type: 'again', output: undefined, progress });
        await jobs.intend('uid-a', { run: 2, place: 'keeper', epoch: 'e2' });
        expect((await jobs.open()).unfinished).toMatchObject([{ runs: 2, intent: { run: 2 }, failures: 2 }]);
      });

      test('rejects for a job that is not live', async () => {
        const intent = { run: 1, place: 'keeper', epoch: 'e' };
        await expect(jobs.intend('nobody', intent)).rejects.toThrow('not live');
        await finish('a');
        await expect(jobs.intend('uid-a', intent)).rejects.toThrow('not live');
      });
    });

    describe('conclude()', () => {
      test('settles a job once', async () => {
        await finish('a');
        await expect(jobs.conclude('uid-a', settled({ result: '{}' }))).rejects.toThrow('not live');
        expect(await jobs.find('a')).toMatchObject({ result: '{"state":"SUCCESS"}' });
      });

      test('keeps a result verbatim', async () => {
        const result = JSON.stringify({ data: `ä\u2028"\\${'x'.repeat(2_000_000)}` });
        await finish('a', {}, settled({ result }));
        expect((await jobs.find('a'))?.result).toBe(result);
      });

      test('takes times with fractions', async () => {
        await finish('a', {}, settled({ expiresAt: START + DAY_MS + 0.25, startedAt: START + 0.5 }));
        expect(await jobs.find('a')).toBeDefined();
      });
    });

    describe('change()', () => {
      test('makes a job final, which nothing undoes, and unprotects it', async () => {
        await jobs.accept(acceptance('a', { protected: true }));
        await jobs.change('uid-a', { final: true });
        await jobs.conclude('uid-a', { type: 'again', output: undefined, progress });
        expect((await jobs.open()).unfinished).toMatchObject([{ final: true, protected: false }]);
      });

      test('changes priority and due time alone', async () => {
        await jobs.accept(acceptance('a'));
        await jobs.change('uid-a', { priority: -5 });
        await jobs.change('uid-a', { dueAt: START + 77 });
        expect((await jobs.open()).unfinished).toMatchObject([{ priority: -5, dueAt: START + 77, final: false }]);
      });

      test('rejects for a settled job', async () => {
        await finish('a');
        await expect(jobs.change('uid-a', { priority: 1 })).rejects.toThrow('not live');
      });
    });

    describe('find() and info()', () => {
      test('know settled jobs only, until they expire', async () => {
        await jobs.accept(acceptance('live'));
        await finish('a', {}, settled({ expiresAt: START + 10 }));
        expect(await jobs.find('live')).toBeUndefined();
        expect(await jobs.info('live')).toBeUndefined();
        expect(await jobs.info('nobody')).toBeUndefined();
        expect(await jobs.find('a')).toBeDefined();
        stage.clock.wallOffset = START + 10;
        expect(await jobs.find('a')).toBeUndefined();
        expect(await jobs.info('a')).toBeUndefined();
      });

      test('tell the same after the agent ended', async () => {
        await finish('a', { raw: true });
        const before = await jobs.find('a');
        expect(before?.raw).toBe(true);
        expect(await (await stage.reopen()).find('a')).toEqual(before);
      });

      test('see every write that was asked before them', async () => {
        void jobs.accept(acceptance('a'));
        void jobs.conclude('uid-a', settled());
        expect(await jobs.find('a')).toBeDefined();
      });

      test('tell all of a job', async () => {
        const outcome = settled({ state: 'ERROR', code: 1003, reason: 'exited', runs: 4, outputEnd: 55 });
        await finish('a', { tags: ['t'], queue: 'q', priority: 3, protected: true }, outcome);
        expect(await jobs.info('a')).toEqual({
          id: 'a',
          command: 'core.system',
          state: 'settled',
          queue: 'q',
          priority: 3,
          tags: ['t'],
          runs: 4,
          accepted: START,
          started: START + 1,
          ended: START + 3_600_000,
          output: 55,
          protected: true,
          result: { state: 'ERROR', code: 1003, reason: 'exited' },
        });
      });
    });

    describe('history()', () => {
      const states: State[] = ['SUCCESS', 'ERROR', 'KILLED'];
      const ids = async (query: Partial<Parameters<JobStore['history']>[0]>): Promise<string[]> =>
        (await jobs.history({ limit: 100, ...query })).jobs.map(({ id }) => id);

      beforeEach(async () => {
        for (let n = 0; n < 12; n += 1) {
          await finish(
            String(n),
            {
              name: n % 2 === 0 ? 'even' : 'odd',
              tags: n % 3 === 0 ? ['three', 'all', 'all'] : ['all'],
              queue: n < 6 ? 'q' : undefined,
            },
            settled({
              endedAt: START + Math.floor(n / 2),
              state: states[n % 3]!,
              reason: n % 3 === 2 ? 'killed' : 'exited',
            }),
          );
        }
      });

      test('lists settled jobs alone, those that ended last first', async () => {
        await jobs.accept(acceptance('live'));
        expect(await ids({})).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
      });

      test('goes on from a cursor, also among jobs of the same moment, without holes or repeats', async () => {
        for (const limit of [1, 2, 5, 12]) {
          const seen: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await jobs.history({ limit, ...(cursor === undefined ? {} : { cursor }) });
            seen.push(...page.jobs.map(({ id }) => id));
            expect(page.jobs.length).toBeLessThanOrEqual(limit);
            ({ cursor } = page);
          } while (cursor !== undefined);
          expect(seen).toEqual(await ids({}));
        }
      });

      test('refuses a cursor that is not its own', async () => {
        await expect(jobs.history({ limit: 1, cursor: '1; --' })).rejects.toMatchObject({ code: 'bad-arguments' });
      });

      test.each([
        [{ command: 'odd' }, ['11', '9', '7', '5', '3', '1']],
        [{ queue: 'q' }, ['5', '4', '3', '2', '1', '0']],
        [{ tags: ['three'] }, ['9', '6', '3', '0']],
        [{ tags: ['all', 'three'] }, ['9', '6', '3', '0']],
        [{ tags: ['all', 'none'] }, []],
        [{ tags: [] }, ['11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']],
        [{ states: ['ERROR'] }, ['10', '7', '4', '1']],
        [{ states: ['ERROR', 'KILLED'] }, ['11', '10', '8', '7', '5', '4', '2', '1']],
        [{ states: [] }, []],
        [{ reasons: ['killed'] }, ['11', '8', '5', '2']],
        [{ since: START + 4 }, ['11', '10', '9', '8']],
        [{ until: START + 1 }, ['1', '0']],
        [{ since: START + 1, until: START + 3, states: ['SUCCESS'], command: 'odd' }, ['3']],
        [{ tags: ['three'], states: ['SUCCESS'], command: 'even', queue: 'q' }, ['0']],
        [{ tags: ['nobody'] }, []],
      ] satisfies [Partial<Parameters<JobStore['history']>[0]>, string[]][])('finds by %o', async (query, expected) => {
        expect(await ids(query)).toEqual(expected);
      });

      test('tells of each job what info() tells', async () => {
        const { jobs: page } = await jobs.history({ limit: 3 });
        expect(page).toEqual(await Promise.all(page.map(({ id }) => jobs.info(id))));
      });
    });

    test('keeps the newest note of the run that is under way until that has an outcome', async () => {
      const intent = { run: 1, place: 'keeper', epoch: 'e' };
      await jobs.accept(acceptance('a', { intent }));
      await jobs.accept(acceptance('queued'));
      const noted = async (): Promise<unknown> => (await jobs.open()).unfinished.map(({ note }) => note);
      expect(await noted()).toEqual([undefined, undefined]);
      await jobs.note('uid-a', 1, 'first');
      await jobs.note('uid-a', 1, 'second');
      await jobs.note('uid-a', 2, 'of a run to come');
      await jobs.note('uid-queued', 1, 'of no run');
      await jobs.note('uid-nobody', 1, 'of no job');
      expect(await noted()).toEqual(['second', undefined]);
      await jobs.conclude('uid-a', { type: 'again', output: undefined, progress });
      await jobs.note('uid-a', 1, 'too late');
      expect(await noted()).toEqual([undefined, undefined]);
      await jobs.intend('uid-a', { ...intent, run: 2 });
      expect(await noted()).toEqual([undefined, undefined]);
      await jobs.note('uid-a', 2, 'of the next run');
      expect(await noted()).toEqual(['of the next run', undefined]);
      await jobs.conclude('uid-a', settled());
      await jobs.note('uid-a', 2, 'too late');
      expect(await noted()).toEqual([undefined]);
    });

    test('carries out writes of one job in the order they were asked', async () => {
      const intent = { run: 1, place: 'keeper', epoch: 'e' };
      const all = Array.from({ length: 300 }, async (_, n) => {
        const id = String(n);
        await Promise.all([
          jobs.accept(acceptance(id)),
          jobs.intend(`uid-${id}`, intent),
          jobs.change(`uid-${id}`, { priority: 5 }),
          jobs.conclude(`uid-${id}`, { type: 'again', output: undefined, progress }),
          jobs.conclude(`uid-${id}`, settled()),
        ]);
      });
      await Promise.all(all);
      expect((await jobs.open()).unfinished).toEqual([]);
      expect((await jobs.history({ limit: 1000 })).jobs).toHaveLength(300);
    });

    test('lets one bad write fail alone', async () => {
      const answers = await Promise.allSettled([
        jobs.accept(acceptance('a')),
        jobs.accept(acceptance('b', { uid: 'uid-a' })),
        jobs.accept(acceptance('c', { priority: Number.NaN })),
        jobs.conclude('uid-nobody', settled()),
        jobs.accept(acceptance('d')),
        jobs.find('a'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      expect((await jobs.open()).unfinished.map(({ id }) => id)).toEqual(['a', 'd']);
    });
  });
}

import { describe, expect, test } from 'vitest';
import type { RunKey } from '../../src/engine/process.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { type Logger, silentLogger } from '../../src/telemetry/logger.ts';
import { EngineStage, type Life, turns } from '../harness/engine-stage.ts';

const SILENCE = 'the keeper does not answer';

/** The job `b` had its turn, after `a`, when its place was silent. */
async function waitingForItsPlace(): Promise<{ stage: EngineStage; life: Life; first: RunKey }> {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.silence = SILENCE;
  stage.keeper.exit(first);
  await turns();
  return { stage, life, first };
}

test('while nothing can be started new jobs are refused with 503, and nothing of them is kept', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.silence = SILENCE;
  expect(await life.submit({ id: 'a' })).toMatchObject({
    type: 'refused',
    result: { code: 503, error: { code: 'keeper-unavailable', message: `Cannot take the job: ${SILENCE}` } },
  });
  expect(life.store.committed).toEqual([]);
  stage.keeper.silence = undefined;
  expect(await life.submit({ id: 'a' })).toMatchObject({ type: 'accepted', attached: false });
});

test('what is known of jobs is told all the same, to those that ask by the same id, too', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const ended = await life.start({ id: 'ended' });
  await life.start({ id: 'live' });
  stage.keeper.exit(ended, { code: 3 });
  await turns();
  stage.keeper.silence = SILENCE;
  expect(await life.engine.result('ended')).toMatchObject({ code: 1003 });
  expect(await life.submit({ id: 'ended' })).toMatchObject({ type: 'accepted', attached: true });
  expect(await life.submit({ id: 'live' })).toMatchObject({ type: 'accepted', attached: true });
});

test('a job that waits its turn starts when its place answers again, once', async () => {
  const { stage, life, first } = await waitingForItsPlace();
  await stage.clock.advance(5000);
  expect(life.engine.list()).toMatchObject([{ id: 'b', state: 'starting' }]);
  stage.keeper.silence = undefined;
  await stage.clock.advance(1000);
  expect(stage.keeper.spawned).toEqual([first, life.key('b')]);
  stage.keeper.exit(life.key('b'));
  expect(await life.result('b')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(stage.clock.waiting).toBe(0);
});

test('a run that could not even be asked for is asked for again', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.spawnFailures.push(new AgentError('keeper-unavailable', SILENCE));
  await life.submit({ id: 'a' });
  await turns();
  expect(stage.keeper.spawned).toEqual([]);
  await stage.clock.advance(1000);
  expect(stage.keeper.spawned).toEqual([life.key('a')]);
  stage.keeper.exit(life.key('a'));
  expect(await life.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a kill ends the wait, and the job has had no run', async () => {
  const { stage, life } = await waitingForItsPlace();
  const killed = life.engine.kill('b');
  await stage.clock.advance(1000);
  await killed;
  expect(await life.engine.result('b')).toMatchObject({ reason: 'cancelled', runs: 0 });
});

test('an agent that ends leaves what could not be started to the next one', async () => {
  const { stage, life, first } = await waitingForItsPlace();
  expect(await life.end()).toEqual({ left: [], unfinished: [] });
  stage.keeper.silence = undefined;
  const second = await stage.begin();
  await turns();
  expect(stage.keeper.spawned).toEqual([first, second.key('b')]);
});

test('a run whose place began a new life while it waited is intended in that life', async () => {
  const { stage, life } = await waitingForItsPlace();
  const { epoch } = stage.keeper;
  expect(stage.disk.byId('b')?.intent).toMatchObject({ run: 1, epoch });
  stage.keeper.die();
  await turns();
  stage.keeper.silence = undefined;
  await stage.clock.advance(1000);
  expect(stage.disk.byId('b')).toMatchObject({ intent: { run: 1, epoch: stage.keeper.epoch }, runs: 1 });
  expect(stage.keeper.epoch).not.toBe(epoch);
  expect(stage.keeper.running.map(({ key }) => key)).toEqual([life.key('b')]);
});

test('a kill reaches the place of a run whose start hangs, and ends it', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const answering = Promise.withResolvers<undefined>();
  stage.keeper.spawnAnswers = answering.promise;
  const key = await life.start({ id: 'a' });
  const killed = life.engine.kill('a');
  await turns();
  expect(stage.keeper.runs.get(key)?.record).toMatchObject({ stop: { reason: 'killed' } });
  answering.resolve(undefined);
  await killed;
  expect(await life.result('a')).toMatchObject({ state: 'KILLED', reason: 'killed', runs: 1 });
});

/** Keeps what is worth a warning. */
function recordingLogger(): { readonly logger: Logger; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (facts, what) => lines.push(['warn', facts, what]),
    error: (facts, what) => lines.push(['error', facts, what]),
    child: () => logger,
  };
  return { logger, lines };
}

describe('what is logged when a place can not be asked', () => {
  test.each([
    ['a warning when its keeper is silent', new AgentError('keeper-unavailable', SILENCE), 'warn'],
    ['a warning when its keeper died', new AgentError('lost', 'the keeper died'), 'warn'],
    ['an error when nobody expects it', new TypeError('a mistake'), 'error'],
  ])('is %s', async (_what, trouble, level) => {
    const { logger, lines } = recordingLogger();
    const life = await new EngineStage({ logger }).begin();
    const key = await life.start({ id: 'a' });
    life.stage.keeper.trouble = trouble;
    await life.engine.kill('a');
    expect(lines).toContainEqual([level, { job: 'a', error: trouble.message }, 'Cannot ask a run to stop']);
    life.stage.keeper.trouble = undefined;
    life.stage.keeper.exit(key);
    await life.result('a');
  });

  test('of a start, a warning when its keeper died', async () => {
    const { logger, lines } = recordingLogger();
    const life = await new EngineStage({ logger }).begin();
    life.stage.keeper.spawnFailures.push(new AgentError('lost', 'the keeper died'));
    await life.submit({ id: 'a' });
    expect(await life.result('a')).toMatchObject({ reason: 'lost' });
    expect(lines).toEqual([['warn', { job: 'a', error: 'the keeper died' }, 'Cannot tell whether a run started']]);
  });
});

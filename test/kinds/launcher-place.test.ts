import { expect, test } from 'vitest';
import { LauncherPlace } from '../../src/kinds/launcher-place.ts';
import type { RunEnd, RunObserver } from '../../src/engine/process.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeKeeper } from '../fakes/fake-keeper.ts';
import { turns } from '../harness/engine-stage.ts';
import { plainSpec } from '../harness/plain-spec.ts';
import { runKey } from '../harness/run-key.ts';

const SPEC = plainSpec();

class Heard implements RunObserver {
  readonly ends: RunEnd[] = [];
  end = 0;

  grew(end: number): void {
    this.end = end;
  }

  exited(end: RunEnd): void {
    this.ends.push(end);
  }
}

async function openPlace(keeper: FakeKeeper): Promise<LauncherPlace> {
  const place = new LauncherPlace(
    keeper.connect(),
    { kill: () => Promise.resolve({ cleanup: 'sweep' as const, survivors: [] }) },
    silentLogger,
  );
  await place.open(1);
  return place;
}

test('`LauncherPlace` tells a run’s end once, also when the keeper dies after it', async () => {
  const keeper = new FakeKeeper(new FakeClock());
  const place = await openPlace(keeper);
  const heard = new Heard();
  await place.spawn(runKey('a'), SPEC, heard);
  keeper.exit(runKey('a'));
  await turns();
  keeper.die();
  await turns();
  expect(heard.ends).toMatchObject([{ ending: { type: 'exit' } }]);
});

test('`LauncherPlace` tells every live run as lost when the keeper dies, and has its successor’s epoch', async () => {
  const keeper = new FakeKeeper(new FakeClock());
  const place = await openPlace(keeper);
  const heard = new Heard();
  await place.spawn(runKey('a'), SPEC, heard);
  const { epoch } = place;
  keeper.die();
  await turns();
  expect(heard.ends).toMatchObject([{ ending: { type: 'lost' } }]);
  expect(place.epoch).not.toBe(epoch);
});

test('an observer that throws is not felt by other runs', async () => {
  const keeper = new FakeKeeper(new FakeClock());
  const place = await openPlace(keeper);
  const heard = new Heard();
  const broken = new Heard();
  broken.grew = () => {
    throw new Error('broken');
  };
  await place.spawn(runKey('a'), SPEC, broken);
  await place.spawn(runKey('b'), SPEC, heard);
  keeper.say(runKey('a'), 'x');
  keeper.say(runKey('b'), 'x');
  await turns();
  keeper.exit(runKey('b'), { code: 4 });
  await turns();
  expect(heard.end).toBe(1);
  expect(heard.ends).toMatchObject([{ ending: { type: 'exit', exit: { code: 4 } } }]);
  expect(broken.ends).toEqual([]);
});

test('what a found run says before it is taken over is heard by who takes it over', async () => {
  const keeper = new FakeKeeper(new FakeClock());
  await (await openPlace(keeper)).spawn(runKey('a'), SPEC, new Heard());
  const place = await openPlace(keeper);
  keeper.say(runKey('a'), 'word');
  keeper.exit(runKey('a'));
  await turns();
  const heard = new Heard();
  expect(place.adopt(runKey('a'), heard)).toMatchObject({ process: { pid: keeper.runs.get(runKey('a'))?.pid } });
  expect([heard.end, heard.ends.length]).toEqual([4, 1]);
  expect(place.adopt(runKey('a'), heard)).toBeUndefined();
});

test('a start that failed is forgotten by the launcher at once', async () => {
  const keeper = new FakeKeeper(new FakeClock());
  const place = await openPlace(keeper);
  const forgotten: string[] = [];
  const { launcher } = place;
  const forget = launcher.forget.bind(launcher);
  launcher.forget = (key) => {
    forgotten.push(key);
    forget(key);
  };
  keeper.spawnFailures.push({ type: 'failed', failure: 'no-such-program', message: 'none' });
  expect(await place.spawn(runKey('a'), SPEC, new Heard())).toMatchObject({ type: 'failed' });
  expect(forgotten).toEqual([runKey('a')]);
});

test('a run whose start has no answer is stopped should it be there', async () => {
  const clock = new FakeClock();
  const keeper = new FakeKeeper(clock);
  const place = await openPlace(keeper);
  const answer = Promise.withResolvers<never>();
  keeper.spawnAnswers = answer.promise;
  const spawning = place.spawn(runKey('a'), SPEC, new Heard());
  await turns();
  answer.reject(new Error('the line broke'));
  await expect(spawning).rejects.toThrow('the line broke');
  await clock.advance(0);
  expect([...keeper.runs.keys()]).toEqual([]);
});

test('a run given up that could not be told to end is ended when something is heard of it', async () => {
  const clock = new FakeClock();
  const keeper = new FakeKeeper(clock);
  const place = await openPlace(keeper);
  keeper.trouble = new Error('the keeper does not answer');
  await expect(place.spawn(runKey('a'), SPEC, new Heard())).rejects.toThrow('the keeper does not answer');
  await turns();
  keeper.trouble = undefined;
  // What had been sent arrives after all.
  keeper.start(runKey('a'), SPEC);
  keeper.say(runKey('a'), 'I live');
  await turns();
  await clock.advance(0);
  expect(keeper.runs.size).toBe(0);
});

test('a run asked for in the moment its keeper died is lost, and ended where it was started after all', async () => {
  const clock = new FakeClock();
  const keeper = new FakeKeeper(clock);
  const place = await openPlace(keeper);
  const observer = new Heard();
  keeper.die();
  const spawning = place.spawn(runKey('a'), SPEC, observer);
  expect(await spawning).toMatchObject({ type: 'started' });
  await turns();
  expect(observer.ends).toMatchObject([{ ending: { type: 'lost' } }]);
  await clock.advance(0);
  expect(keeper.runs.size).toBe(0);
});

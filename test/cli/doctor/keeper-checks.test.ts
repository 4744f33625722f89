import { describe, expect, test } from 'vitest';

import { examineKeeper, whyNoKeeper } from '../../../src/agent/examine.ts';
import { keeperChecks, type KeeperFacts } from '../../../src/cli/doctor/keeper-checks.ts';
import { KeeperStage } from '../../host/keeper-client/keeper-stage.ts';

const answer = { version: '1', runs: 0, isUsable: true };
const keeper = { pid: 7, socket: '/s', strangers: [], answer };
const of = (facts: Partial<KeeperFacts>) =>
  keeperChecks({ keeper, whyNot: undefined, hasAgent: true, ownVersion: '1', ...facts }).filter(
    ({ status }) => status !== 'ok',
  );

describe('keeperChecks()', () => {
  test('finds nothing wrong with a keeper that an agent has, nor with none', () => {
    expect(of({})).toEqual([]);
    expect(of({ keeper: undefined })).toEqual([]);
  });

  test.each<[string, Partial<KeeperFacts>, object]>([
    [
      'none can run',
      { whyNot: 'no koffi' },
      { name: 'Survival', status: 'warn', found: 'no keeper can run: no koffi' },
    ],
    ['it does not answer', { keeper: { pid: 7, socket: '/s', strangers: [] } }, { name: 'Keeper', status: 'fail' }],
    ['it is another protocol’s', { keeper: { ...keeper, answer: { ...answer, isUsable: false } } }, { status: 'fail' }],
    [
      'it waits for an agent',
      { hasAgent: false, keeper: { ...keeper, answer: { ...answer, runs: 2 } } },
      { status: 'warn', found: '7, version 1, keeps 2 runs for the next agent' },
    ],
    ['it is of another version', { ownVersion: '2' }, { status: 'warn' }],
    [
      'it has children of nobody',
      { keeper: { ...keeper, strangers: [{ pid: 8, command: 'x y' }] } },
      { name: 'Orphans', found: '8 x y' },
    ],
    [
      'its socket’s path is too long',
      { keeper: { ...keeper, socket: 'x'.repeat(108) } },
      { name: 'Keeper socket', status: 'fail' },
    ],
  ])('tells what to do when %s', (_what, facts, expected) => {
    expect(of(facts)).toMatchObject([{ advice: expect.any(String), ...expected }]);
  });
});

describe('examineKeeper()', () => {
  test('asks a keeper what it keeps without disturbing its agent, and finds what no run owns', async () => {
    await using stage = new KeeperStage();
    expect(await examineKeeper(stage.directory)).toBeUndefined();
    const agent = await stage.open(1);
    await agent.launcher.spawn('a.1', stage.spec('sleep 600'));
    await agent.launcher.spawn('b.1', stage.spec('env -i setsid sleep 600 >/dev/null 2>&1 & exit 0', { keep: true }));
    await agent.exited('b.1');
    const found = await examineKeeper(stage.directory);
    expect(found).toMatchObject({ pid: stage.keeperPid, answer: { version: '1.0.0', runs: 2, isUsable: true } });
    expect(found?.strangers.map(({ command }) => command)).toEqual(['sleep 600']);
    expect(await agent.launcher.signal('a.1', 'SIGCONT')).toBe(true);
  });

  test('there can be one here', async () => {
    if (process.platform === 'linux') expect(await whyNoKeeper()).toBeUndefined();
  });
});

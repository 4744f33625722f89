import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, onTestFinished, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import type { RunKey } from '../../src/host/launcher.ts';
import { ProcessSurvey, type Survey } from '../../src/host/process-survey.ts';
import { type ProcessStat, readProcess } from '../../src/host/procfs.ts';
import { membersOf, rememberMembers, sweep, type SweepTarget } from '../../src/host/sweep.ts';
import { isAlive } from '../harness/processes.ts';

const key: RunKey = 'job.1';

function aProcess(pid: number, parts: Partial<ProcessStat> = {}): ProcessStat {
  return { pid, command: 'p', state: 'S', parent: 1, group: pid, session: pid, startTime: 100, ...parts };
}

function survey(processes: readonly ProcessStat[], markers: Record<number, string> = {}): Survey {
  return {
    processes: new Map(processes.map((one) => [one.pid, one])),
    markers: new Map(Object.entries(markers).map(([pid, marker]) => [Number(pid), marker])),
  };
}

function target(parts: Partial<SweepTarget> = {}): SweepTarget {
  return { key, pid: 50, startTime: 100, seen: new Map(), ...parts };
}

function pids(found: readonly ProcessStat[]): number[] {
  return found.map(({ pid }) => pid).toSorted((one, other) => one - other);
}

describe('membersOf()', () => {
  test('are those of the session, the group, the marker, those seen before, and all their descendants', () => {
    const all = survey(
      [
        aProcess(50),
        aProcess(51, { session: 50 }),
        aProcess(52, { group: 50 }),
        aProcess(53),
        aProcess(54, { startTime: 140 }),
        aProcess(60, { parent: 53 }),
        aProcess(61, { parent: 60 }),
        aProcess(70, { parent: 7 }),
      ],
      { 53: key, 70: 'job.2' },
    );
    expect(pids(membersOf(target({ seen: new Map([[54, 140]]) }), all))).toEqual([50, 51, 52, 53, 54, 60, 61]);
  });

  test('are not those that have ended', () => {
    const all = survey([aProcess(51, { session: 50, state: 'Z' }), aProcess(52, { session: 50, state: 'X' })]);
    expect(membersOf(target(), all)).toEqual([]);
  });

  test('are not those of another process that got the pid', () => {
    const reused = [aProcess(50, { startTime: 999 }), aProcess(51, { session: 50, group: 50, startTime: 999 })];
    expect(membersOf(target(), survey(reused))).toEqual([]);
    const seen = new Map([[60, 120]]);
    expect(membersOf(target({ seen }), survey([aProcess(60, { startTime: 121 })]))).toEqual([]);
  });

  test('never are the process that asks', () => {
    expect(membersOf(target(), survey([aProcess(process.pid)], { [process.pid]: key }))).toEqual([]);
  });
});

/** Starts a shell script in a session of its own, with the run's marker. */
async function start(script: string, env: Record<string, string> = { COREX_RUN: key }): Promise<SweepTarget> {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const pid = child.pid ?? 0;
  return target({ pid, startTime: readProcess(pid)?.startTime ?? 0 });
}

describe('sweep()', () => {
  test('kills a family that scattered, and proves it', async () => {
    const family = await start(
      'for i in 1 2 3 4 5; do setsid sh -c "trap : TERM; sleep 300; sleep 300" & done; echo up; wait',
    );
    const look = new ProcessSurvey();
    const members = membersOf(family, await look.take(family.startTime));
    expect(members.length).toBeGreaterThanOrEqual(6);
    expect(await sweep(family, look, systemClock)).toEqual([]);
    expect(members.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  test('finds whom it was told of in time, though nothing shows any more where it belongs', async () => {
    const family = await start('setsid env -i /bin/sleep 300 & sleep 0.05; echo up; wait', {});
    const look = new ProcessSurvey();
    await rememberMembers(family, look);
    const escaped = [...family.seen.keys()].filter((pid) => pid !== family.pid);
    expect(escaped).toHaveLength(1);
    process.kill(family.pid, 'SIGKILL');
    expect(await sweep(family, look, systemClock)).toEqual([]);
    expect(escaped.filter(isAlive)).toEqual([]);
  });

  test('proves nothing where nothing can be seen', async () => {
    const blind = { take: () => Promise.resolve(survey([])) } as unknown as ProcessSurvey;
    expect(await sweep(target(), blind, systemClock)).toBeUndefined();
  });
});

describe('ProcessSurvey', () => {
  test('serves all who ask during one look by the next', async () => {
    const look = new ProcessSurvey();
    const first = look.take(0);
    expect(look.take(0)).toBe(first);
    await new Promise(setImmediate);
    const second = look.take(0);
    expect(second).not.toBe(first);
    expect(look.take(0)).toBe(second);
    expect(await first).not.toBe(await second);
  });
});

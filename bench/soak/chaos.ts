// What befalls the agent, its keeper, its jobs and its clients. Everything follows from the seed but the moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf } from '../../test/harness/processes.ts';
import type { Random } from '../fuzz/random.ts';
import { signalProcess } from '../agent/signal-process.ts';
import type { SoakWorld } from './soak-world.ts';
import { uptimeMs } from './uptime.ts';

/** One blow. Returns what it was, for the figures; undefined when there was nothing to hit. */
type Blow = (world: SoakWorld, random: Random, signal: AbortSignal) => Promise<string | undefined>;

export interface Pace {
  /** Pause before each blow, milliseconds: at least, at most. */
  readonly strong: readonly [number, number];
  readonly light: readonly [number, number];
}

const SHOTS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGHUP', 'SIGINT'] as const;
const STOP_WITHIN_MS = 20_000;

/** Blows to agent and keeper, one after the other. */
const STRONG: readonly (readonly [weight: number, blow: Blow])[] = [
  [4, crashAgent],
  [3, crashAgentForLong],
  [3, holdAgent],
  [1, stopAgent],
  [2, holdKeeper],
  [2, crashKeeper],
  [1, crashBoth],
];

/** Blows to single jobs and clients. */
const LIGHT: readonly (readonly [weight: number, blow: Blow])[] = [
  [5, shoot],
  [5, cut],
  [2, dawdle],
];

/**
 * Lets blows fall until the signals: the strong ones until `calm`, so that one agent and one keeper live for a while, the
 * light ones until `over`. Afterwards an agent runs again. Rejects when one can't be started.
 */
export async function rage(
  world: SoakWorld,
  random: () => Random,
  pace: Pace,
  { calm, over }: { readonly calm: AbortSignal; readonly over: AbortSignal },
): Promise<void> {
  await Promise.all([
    rain(STRONG, pace.strong, world, random(), AbortSignal.any([calm, over])),
    rain(LIGHT, pace.light, world, random(), over),
  ]);
}

async function rain(
  blows: typeof STRONG,
  [least, most]: readonly [number, number],
  world: SoakWorld,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await pause(random.between(least, most), signal);
    if (signal.aborted) return;
    const what = await random.weighted(blows)(world, random, signal);
    if (what !== undefined) world.figures.count('deeds', what);
  }
}

async function crashAgent({ agent, losses, survives }: SoakWorld): Promise<string> {
  if (!survives) losses.push(uptimeMs());
  await agent.crash();
  await agent.start();
  return 'kill -9 of the agent, started at once';
}

async function crashAgentForLong({ agent, losses, survives }: SoakWorld, random: Random): Promise<string> {
  if (!survives) losses.push(uptimeMs());
  await agent.crash();
  await sleep(random.between(500, 4000));
  await agent.start();
  return 'kill -9 of the agent, started later';
}

/** A debugger, or a machine that sleeps. */
async function holdAgent({ agent }: SoakWorld, random: Random, signal: AbortSignal): Promise<string> {
  await agent.hold(random.between(200, 4000), signal);
  return 'SIGSTOP of the agent';
}

/** An orderly restart leaves jobs running. */
async function stopAgent({ agent, findings, survives }: SoakWorld): Promise<string | undefined> {
  if (!survives) return undefined;
  if (!(await agent.stop(STOP_WITHIN_MS))) findings.add('An agent that was asked to stop did not', '', agent.lastLines);
  await agent.start();
  return 'SIGTERM of the agent, started at once';
}

/** For less than it takes an agent to doubt it. */
async function holdKeeper({ agent }: SoakWorld, random: Random, signal: AbortSignal): Promise<string | undefined> {
  const { keeperPid } = agent;
  if (keeperPid === undefined) return undefined;
  signalProcess(keeperPid, 'SIGSTOP');
  await pause(random.between(100, 2000), signal);
  signalProcess(keeperPid, 'SIGCONT');
  return 'SIGSTOP of the keeper';
}

async function crashKeeper({ agent, losses }: SoakWorld): Promise<string | undefined> {
  const { keeperPid } = agent;
  if (keeperPid === undefined) return undefined;
  losses.push(uptimeMs());
  signalProcess(keeperPid, 'SIGKILL');
  return 'kill -9 of the keeper';
}

async function crashBoth(world: SoakWorld, random: Random): Promise<string | undefined> {
  const { agent } = world;
  if (agent.keeperPid === undefined) return undefined;
  const isKeeperFirst = random.chance(0.5);
  if (isKeeperFirst) await crashKeeper(world);
  await agent.crash();
  if (!isKeeperFirst) await crashKeeper(world);
  await sleep(random.pick([0, 1000]));
  await agent.start();
  return 'kill -9 of agent and keeper';
}

/** Ends a job's program behind the agent's back. */
async function shoot(world: SoakWorld, random: Random): Promise<string | undefined> {
  const { journal, plans, shots, watch } = world;
  journal.read();
  const targets = watch.alive().filter(({ pid, id }) => {
    const isProgram = journal.runsOf(id).some((run) => run.pid === pid && run.end === undefined);
    return isProgram && plans.get(id)?.mayBeShot === true;
  });
  if (targets.length === 0) return undefined;
  const { pid, key } = random.pick(targets);
  const signal = random.pick(SHOTS);
  // Its number may be another's by now.
  if (environmentOf(pid)['COREX_RUN'] !== key) return undefined;
  shots.set(key, [...(shots.get(key) ?? []), signal]);
  signalProcess(pid, signal);
  return `${signal} of a job’s process`;
}

async function cut({ clients }: SoakWorld, random: Random): Promise<string> {
  random.pick(clients).cut();
  return 'connections cut in the middle of a frame';
}

async function dawdle({ clients }: SoakWorld, random: Random): Promise<string> {
  void random.pick(clients).dawdle(random.between(500, 5000));
  return 'clients that read nothing for a while';
}

/** Ends early, and without an error, at the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

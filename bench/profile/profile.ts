import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BenchAgent } from '../agent/bench-agent.ts';
import type { Stage } from '../stage.ts';
import { type CpuProfile, type RoomTime, type Span, timeByRoom } from './cpu-profile.ts';
import { toSources } from './to-sources.ts';
import { type Load, loads } from './loads.ts';

/** Where the time of an agent's main thread went under one load, and that of its keeper where it has one. */
export interface ProfileOutcome {
  readonly name: string;
  readonly speed: string;
  readonly agent: ThreadProfile;
  readonly keeper?: ThreadProfile;
}

/** Where the time of a process's main thread went. */
export interface ThreadProfile {
  readonly rooms: readonly RoomTime[];
  /** How busy its threads were. */
  readonly threads: string;
}

/** Profiles an agent under each load, a fresh one for each. */
export async function profileAll(stage: Stage): Promise<ProfileOutcome[]> {
  const outcomes: ProfileOutcome[] = [];
  for (const load of loads) outcomes.push(await profileOne(load, stage));
  return outcomes;
}

async function profileOne(load: Load, stage: Stage): Promise<ProfileOutcome> {
  const directory = stage.fresh('profile');
  mkdirSync(directory);
  let speed: string;
  let span: Span;
  let pids: { readonly agent: number; readonly keeper: number | undefined };
  {
    // A keeper gets the flags of its agent, and leaves a profile, too.
    await using agent = await BenchAgent.start(stage, {
      nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'],
    });
    using connection = await agent.connect();
    pids = { agent: agent.pid, keeper: agent.keeperPid };
    const from = microseconds();
    speed = await load.run(connection, stage);
    span = { from, to: microseconds() };
  }
  const agent = profileOf(directory, pids.agent, span);
  if (agent === undefined) throw new Error('The agent left no profile');
  const keeper = pids.keeper === undefined ? undefined : profileOf(directory, pids.keeper, span);
  return { name: load.name, speed, agent, ...(keeper === undefined ? {} : { keeper }) };
}

/** What the threads of one process left; undefined when it left nothing. */
function profileOf(directory: string, pid: number, span: Span): ThreadProfile | undefined {
  const [main, ...others] = readdirSync(directory)
    .map((name) => ({ ...ownerOf(name), name }))
    .filter((owner) => owner.pid === pid)
    .toSorted((one, other) => one.thread - other.thread)
    .map(({ name }) => timeByRoom(readProfile(path.join(directory, name)), span));
  if (main === undefined) return undefined;
  const rest = others.map(({ busy }) => `${Math.round(busy * 100)} %`).join(', ');
  const threads = `main thread busy ${Math.round(main.busy * 100)} %${rest === '' ? '' : `, the store’s ${rest}`}.`;
  return { rooms: main.rooms, threads };
}

function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Node names profiles `CPU.<date>.<time>.<pid>.<thread>.<n>.cpuprofile`. */
function ownerOf(name: string): { readonly pid: number; readonly thread: number } {
  const [, , , pid, thread] = name.split('.');
  return { pid: Number(pid), thread: Number(thread) };
}

function readProfile(file: string): CpuProfile {
  return toSources(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
}

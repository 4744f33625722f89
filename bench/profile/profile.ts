import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BenchAgent } from '../agent/bench-agent.ts';
import type { Stage } from '../stage.ts';
import { type CpuProfile, type RoomTime, type Span, timeByRoom } from './cpu-profile.ts';
import { type Load, loads } from './loads.ts';

/** Where the time of an agent's main thread went under one load. */
export interface ProfileOutcome {
  readonly name: string;
  readonly speed: string;
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
  {
    await using agent = await BenchAgent.start(stage, {
      nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'],
    });
    using connection = await agent.connect();
    const from = microseconds();
    speed = await load.run(connection, stage);
    span = { from, to: microseconds() };
  }
  const [main, ...others] = readdirSync(directory)
    .map((name) => ({ thread: threadOf(name), profile: readProfile(path.join(directory, name)) }))
    .toSorted((one, other) => one.thread - other.thread)
    .map(({ profile }) => timeByRoom(profile, span));
  if (main === undefined) throw new Error('The agent left no profile');
  const rest = others.map(({ busy }) => `${Math.round(busy * 100)} %`).join(', ');
  const threads = `Main thread busy ${Math.round(main.busy * 100)} %${rest === '' ? '' : `, the store’s ${rest}`}.`;
  return { name: load.name, speed, rooms: main.rooms, threads };
}

function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Node names profiles `CPU.<date>.<time>.<pid>.<thread>.<n>.cpuprofile`. */
function threadOf(name: string): number {
  return Number(name.split('.')[4] ?? 0);
}

function readProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
}

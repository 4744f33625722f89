import type { Random } from '../fuzz/random.ts';
import { endsAs, expect, type Check, type Interference, type Task } from './expectation.ts';

export const QUEUES = ['one', 'two', 'three', 'four'] as const;

type Make = (id: string, random: Random) => Task;

/** Every kind of task, with how often it comes. */
const KINDS: readonly (readonly [weight: number, make: Make])[] = [
  [35, short],
  [15, talkative],
  [10, streamed],
  [10, sleeping],
  [8, failing],
  [12, queued],
  [3, recurring],
  [7, call],
];

/** A random task. */
export function randomTask(id: string, random: Random): Task {
  return random.weighted(KINDS)(id, random);
}

function short(id: string, random: Random): Task {
  const interference = random.chance(0.1) ? 'kill' : 'none';
  return program(id, { name: 'true' }, interference, random, success);
}

function talkative(id: string, random: Random): Task {
  const { args, bytes } = talk(id, random);
  return program(id, args, 'none', random, (result) => {
    success(result);
    expect(result, 'output', { bytes, dropped: 0 });
  });
}

function streamed(id: string, random: Random): Task {
  const { args, lines } = talk(id, random);
  const task = program(id, args, 'none', random, success);
  return { ...task, command: { ...task.command, stream: true }, lines };
}

/** Sleeps until it is killed, or its time is over. */
function sleeping(id: string, random: Random): Task {
  const isKilled = random.chance(0.7);
  const task = program(id, { name: 'sleep', args: ['600'] }, isKilled ? 'kill' : 'none', random, (result) => {
    expect(result, 'reason', 'timeout');
    expect(result, 'state', 'TIMEOUT');
  });
  return isKilled ? task : { ...task, command: { ...task.command, max_time: 0.3 } };
}

function failing(id: string, random: Random): Task {
  const restarts = random.below(3);
  const interference = random.chance(0.2) ? 'kill' : 'none';
  const task = program(id, { name: 'sh', args: ['-c', 'exit 3'] }, interference, random, (result) => {
    expect(result, 'code', 1003);
    // One that is killed in the moment it has failed is not started again.
    if (interference === 'none') expect(result, 'runs', restarts + 1);
  });
  return { ...task, command: { ...task.command, max_restart: restarts, restart_delay: 0.02 } };
}

function queued(id: string, random: Random): Task {
  const interference = random.weighted([
    [6, 'none'],
    [2, 'cancel'],
    [2, 'kill'],
  ] as const);
  const args = random.pick([{ name: 'true' }, { name: 'sleep', args: ['0.02'] }]);
  const task = program(id, args, interference, random, success);
  return { ...task, command: { ...task.command, queue: random.pick(QUEUES), priority: random.between(-5, 5) } };
}

function recurring(id: string, random: Random): Task {
  const task = program(id, { name: 'true' }, 'unschedule', random, success);
  return { ...task, command: { ...task.command, recurring_period: 0.02 }, afterMs: random.between(20, 400) };
}

function call(id: string, random: Random): Task {
  const name = random.pick(['core.ping', 'core.version', 'queue.list', 'core.state']);
  return {
    command: { command: name, id },
    interference: 'none',
    afterMs: 0,
    check: (result) => {
      expect(result, 'state', 'SUCCESS');
      JSON.parse(result.data);
    },
  };
}

function program(id: string, args: object, interference: Interference, random: Random, wanted: Check): Task {
  return {
    command: { command: 'core.system', id, arguments: args, kill_grace: 5 },
    interference,
    afterMs: random.chance(0.3) ? 0 : random.below(150),
    check: endsAs(interference, wanted),
  };
}

/** A program that says some lines on standard output. */
function talk(id: string, random: Random): { args: object; lines: string[]; bytes: number } {
  const count = random.pick([1, 10, 100, 1000]);
  const script = `i=0; while [ $i -lt ${count} ]; do echo "${id} line $i"; i=$((i+1)); done`;
  const lines = Array.from({ length: count }, (_, line) => `${id} line ${line}`);
  return {
    args: { name: 'sh', args: ['-c', script] },
    lines,
    bytes: lines.reduce((sum, line) => sum + line.length + 1, 0),
  };
}

function success(result: Parameters<Check>[0]): void {
  expect(result, 'state', 'SUCCESS');
  expect(result, 'code', 0);
}

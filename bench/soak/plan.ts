// What one job of the soak is: its command, what is done to it, and what may come of it.
import path from 'node:path';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { Random } from '../fuzz/random.ts';

/** What a caller does to a job beside waiting. */
export type Deed = 'kill' | 'cancel' | 'unschedule';

/** What is known of its output before it is written. */
export type Output =
  | { readonly type: 'none' }
  /** Bytes of the noise file from its start: so many when it comes to its end. */
  | { readonly type: 'noise'; readonly bytes: number }
  /** Lines `<run key> <number>` from 1 on: so many of each run that comes to its end. */
  | { readonly type: 'lines'; readonly count: number };

export interface Plan {
  readonly id: string;
  readonly kind: string;
  readonly command: WireCommand & { readonly id: string };
  readonly output: Output;
  /** Readers beside whoever asked for it. */
  readonly readers: number;
  readonly deed?: { readonly what: Deed; readonly afterMs: number };
  /** Standard input to give piece by piece: so many bytes of the noise. */
  readonly inputBytes?: number;
  /** Processes it leaves behind on purpose. */
  readonly keeps?: true;
  /** There is no such program. */
  readonly noProgram?: true;
  /** It takes all memory it can get. */
  readonly gorges?: boolean;
  /** Others may end its process. */
  readonly mayBeShot: boolean;
}

/** Where the jobs find what they need. */
export interface Workshop {
  readonly journalFile: string;
  readonly noiseFile: string;
  readonly hasPty: boolean;
  /** Orphans come back to whoever started their parent, so that none escapes unseen. */
  readonly reapsOrphans: boolean;
  /** Programs can be confined by control groups. */
  readonly hasCgroups: boolean;
}

const BLOCK_BYTES = 256 * 1024;
/** Enough for the most talkative job. */
export const NOISE_BYTES = 40 * BLOCK_BYTES;
export const QUEUES = ['one', 'two', 'three'] as const;

const PROGRAM = path.join(import.meta.dirname, 'program.sh');
const EXITS = ['0', '0', '1', '42', '255'] as const;
const SIGNALS = ['KILL', 'SEGV', 'TERM', 'HUP', 'INT', 'ABRT'] as const;

/** Makes the command of a program that does the steps. */
type Steps = (steps: readonly (number | string)[], options?: object, args?: object) => Plan['command'];

type Kind = (
  random: Random,
  steps: Steps,
  workshop: Workshop,
) => Omit<Plan, 'id' | 'kind' | 'mayBeShot' | 'readers'> & Partial<Pick<Plan, 'mayBeShot' | 'readers'>>;

/** A random job. */
export function randomPlan(id: string, random: Random, workshop: Workshop): Plan {
  const kind = random.weighted(KINDS);
  const steps: Steps = (words, options = {}, args = {}) => ({
    command: 'core.system',
    id,
    arguments: { name: 'sh', args: [PROGRAM, workshop.journalFile, ...words.map(String)], ...args },
    kill_grace: 0.5,
    ...options,
  });
  return { mayBeShot: true, readers: 0, ...kind(random, steps, workshop), id, kind: kind.name };
}

const KINDS: readonly (readonly [weight: number, kind: Kind])[] = [
  [22, short],
  [8, signalled],
  [5, talking],
  [10, saying],
  [8, sleeping],
  [5, trapping],
  [12, queued],
  [3, recurring],
  [8, restarting],
  [5, limited],
  [3, stubborn],
  [3, keeping],
  [4, leaving],
  [4, fed],
  [3, given],
  [2, onTerminal],
  [3, confined],
  [1, greedy],
  [2, missing],
];

function short(random: Random, steps: Steps): ReturnType<Kind> {
  return { command: steps(['exit', random.pick(EXITS)]), output: { type: 'none' } };
}

/** Ends by a signal of its own. */
function signalled(random: Random, steps: Steps): ReturnType<Kind> {
  const pause = random.pick([0, 0.3, 2]);
  return { command: steps(['sleep', pause, 'signal', random.pick(SIGNALS)]), output: { type: 'none' } };
}

/** About 1 MB/s of noise. */
function talking(random: Random, steps: Steps, { noiseFile }: Workshop): ReturnType<Kind> {
  const blocks = random.pick([1, 8, 24, 40]);
  const pause = random.chance(0.2) ? 0 : 0.25;
  return {
    command: steps(['noise', noiseFile, blocks, pause, 'exit', random.pick(EXITS)], { raw: true }),
    output: { type: 'noise', bytes: blocks * BLOCK_BYTES },
    readers: random.between(1, 2),
  };
}

/** Lines, read as messages. */
function saying(random: Random, steps: Steps): ReturnType<Kind> {
  const count = random.pick([1, 50, 300, 3000]);
  const pause = random.pick([0, 0.02, 0.1]);
  return {
    command: steps(['lines', Math.min(count, pause === 0 ? count : 300), pause, 'exit', random.pick(EXITS)]),
    output: { type: 'lines', count: Math.min(count, pause === 0 ? count : 300) },
    readers: random.between(1, 2),
  };
}

function sleeping(random: Random, steps: Steps): ReturnType<Kind> {
  return {
    command: steps(['sleep', random.pick([0.5, 3, 12]), 'exit', random.pick(EXITS)]),
    output: { type: 'none' },
    ...maybe(random, 0.4, 'kill', 4000),
  };
}

/** Handles TERM and ends with a code of its own. */
function trapping(random: Random, steps: Steps): ReturnType<Kind> {
  return {
    command: steps(['trap-term', 'sleep', random.pick([1, 10]), 'exit', 1]),
    output: { type: 'none' },
    ...maybe(random, 0.5, 'kill', 2000),
  };
}

function queued(random: Random, steps: Steps): ReturnType<Kind> {
  const queue = random.pick(QUEUES);
  return {
    command: steps(['sleep', random.pick([0.01, 0.2, 0.6]), 'exit', random.pick(EXITS)], {
      queue,
      priority: random.between(-5, 5),
    }),
    output: { type: 'none' },
    ...maybe(random, 0.2, random.pick(['cancel', 'kill']), 1500),
  };
}

/** Runs again and again until it is told not to. */
function recurring(random: Random, steps: Steps): ReturnType<Kind> {
  const what = random.pick(['kill', 'unschedule'] as const);
  return {
    command: steps(['lines', 5, 0, 'sleep', 0.1, 'exit', random.pick(EXITS)], { recurring_period: 0.15 }),
    output: { type: 'lines', count: 5 },
    readers: 1,
    deed: { what, afterMs: random.between(500, 6000) },
  };
}

function restarting(random: Random, steps: Steps): ReturnType<Kind> {
  return {
    command: steps(
      [
        'lines',
        20,
        0,
        'sleep',
        random.pick([0, 0.4, 1]),
        ...random.pick([
          ['exit', 3],
          ['signal', 'SEGV'],
        ]),
      ],
      {
        max_restart: random.between(1, 4),
        restart_delay: 0.05,
        restart_max_delay: 0.4,
      },
    ),
    output: { type: 'lines', count: 20 },
    readers: 1,
    ...maybe(random, 0.2, random.pick(['kill', 'cancel', 'unschedule']), 1500),
  };
}

/** Takes longer than it may. */
function limited(random: Random, steps: Steps): ReturnType<Kind> {
  const trap = random.chance(0.3) ? ['trap-term'] : [];
  return {
    command: steps([...trap, 'sleep', 600], { max_time: random.pick([0.2, 1, 3]) }),
    output: { type: 'none' },
  };
}

/** Only KILL ends it. */
function stubborn(random: Random, steps: Steps): ReturnType<Kind> {
  const options = random.chance(0.5) ? { max_time: 1 } : {};
  return {
    command: steps(['ignore-term', 'sleep', 600], options),
    output: { type: 'none' },
    deed: { what: 'kill', afterMs: random.between(500, 2500) },
  };
}

/** Leaves a child alive, and may. */
function keeping(_random: Random, steps: Steps): ReturnType<Kind> {
  return {
    command: steps(['leave', 900, 'sleep', 0.2, 'exit', 0], { keep: true }),
    output: { type: 'none' },
    keeps: true,
    mayBeShot: false,
  };
}

/** Leaves children alive, and may not: one in its group, one in a session of its own. */
function leaving(random: Random, steps: Steps, { reapsOrphans }: Workshop): ReturnType<Kind> {
  const ways = reapsOrphans ? ['leave', 'escape'] : ['leave'];
  const words = random.some(ways, 0.7).flatMap((way) => [way, 900]);
  return {
    command: steps([...words, 'sleep', random.pick([0.1, 2]), 'exit', random.pick(EXITS)]),
    output: { type: 'none' },
    ...maybe(random, 0.4, 'kill', 1500),
  };
}

/** Gets its input piece by piece and says it again. */
function fed(random: Random, steps: Steps): ReturnType<Kind> {
  const bytes = random.pick([1, 70_000, 2_000_000]);
  return {
    command: steps(['echo-input', 'exit', 0], { raw: true }, { open_stdin: true }),
    output: { type: 'noise', bytes },
    inputBytes: bytes,
    readers: 1,
  };
}

/** Gets its input with the command. */
function given(random: Random, steps: Steps): ReturnType<Kind> {
  const text = 'given\n'.repeat(random.pick([0, 10, 40_000]));
  return { command: steps(['echo-input', 'exit', random.pick(EXITS)], {}, { stdin: text }), output: { type: 'none' } };
}

function onTerminal(random: Random, steps: Steps, { hasPty }: Workshop): ReturnType<Kind> {
  const pty = hasPty ? { pty: { columns: 80, rows: 24 } } : {};
  return {
    command: steps(['lines', 40, 0.02, 'exit', random.pick(EXITS)], {}, pty),
    output: { type: 'lines', count: 40 },
    readers: 1,
  };
}

/** In a control group, which has to go with it. */
function confined(random: Random, steps: Steps, { hasCgroups }: Workshop): ReturnType<Kind> {
  const args = hasCgroups ? { cgroup: { memory: '64MiB', pids: 50 }, nice: 5 } : {};
  return {
    command: steps(['leave', 900, 'sleep', random.pick([0.1, 1]), 'exit', random.pick(EXITS)], {}, args),
    output: { type: 'none' },
    ...maybe(random, 0.3, 'kill', 1200),
  };
}

/** Takes more memory than it may. */
function greedy(_random: Random, steps: Steps, { hasCgroups }: Workshop): ReturnType<Kind> {
  const [words, args] = hasCgroups ? [['gorge'], { cgroup: { memory: '32MiB' } }] : [['exit', 1], {}];
  return { command: steps(words, {}, args), output: { type: 'none' }, gorges: hasCgroups, mayBeShot: false };
}

function missing(_random: Random, steps: Steps): ReturnType<Kind> {
  return { command: steps([], {}, { name: '/nowhere/program' }), output: { type: 'none' }, noProgram: true };
}

function maybe(random: Random, probability: number, what: Deed, withinMs: number): Pick<Plan, 'deed'> {
  return random.chance(probability) ? { deed: { what, afterMs: random.below(withinMs) } } : {};
}

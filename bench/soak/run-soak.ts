import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '../../test/harness/temp-dir.ts';
import { Findings, type Finding } from '../fuzz/findings.ts';
import { Random } from '../fuzz/random.ts';
import { AgentLog } from './agent-log.ts';
import type { Caller } from './caller.ts';
import { type Pace, rage } from './chaos.ts';
import { drain, openFiles } from './drain.ts';
import type { Facts } from './facts.ts';
import { Journal } from './journal.ts';
import { perform } from './perform.ts';
import { NOISE_BYTES, QUEUES, randomPlan, type Workshop } from './plan.ts';
import { ProcessWatch } from './process-watch.ts';
import { SdkCaller } from './sdk-caller.ts';
import { signalProcess } from '../agent/signal-process.ts';
import { SoakAgent } from './soak-agent.ts';
import { SoakClient } from './soak-client.ts';
import { SoakFigures } from './soak-figures.ts';
import type { SoakWorld } from './soak-world.ts';
import { LEAST_CALM_MS, VitalSigns } from './vital-signs.ts';

export interface SoakOptions {
  readonly seed: number;
  /** How long jobs are sent and blows fall, milliseconds; then it comes to rest. */
  readonly ms: number;
  /** Jobs at a time. @default 32 */
  readonly lanes?: number;
  /** @default a strong blow each few seconds, a light one several times a second */
  readonly pace?: Pace;
  /** Ends it early, and in order. */
  readonly signal?: AbortSignal;
  /** Told now and then how it goes. */
  readonly onProgress?: (line: string) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, number>;
  readonly figures: SoakFigures;
  /** Of the agents. */
  readonly log: AgentLog;
  readonly starts: number;
  /** Milliseconds from the start of an agent until it took commands. */
  readonly startTimes: readonly number[];
  readonly survives: boolean;
  /** Of those that lived long enough: what their memory and files grow by. */
  readonly growth: readonly string[];
  /** Bytes of memory and number of files, at most. */
  readonly most: Readonly<Record<'agent' | 'keeper', { readonly rss: number; readonly files: number }>>;
}

type Abilities = Pick<Workshop, 'hasPty' | 'reapsOrphans' | 'hasCgroups'>;

const CLIENTS = 4;
/** Of the kind that ships. */
const SDK_CLIENTS = 2;
const PACE: Pace = { strong: [300, 4000], light: [50, 800] };
const PATIENCE_MS = 60_000;
const CALM_SHARE = 0.4;
const PROGRESS_MS = 10_000;

/**
 * Lets jobs of every kind run on an agent while it, its keeper, the jobs' processes and the clients' connections are
 * killed at random, and holds everything that is told against what the jobs' own programs wrote down.
 */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const began = performance.now();
  const findings = new Findings();
  const log = new AgentLog(findings);
  await using directory = tempDir();
  await using agent = new SoakAgent(directory, log);
  await agent.start();
  const survives = agent.keeperPid !== undefined;
  const fresh = openFiles({ agent });
  const prefix = `${path.basename(directory.path)}.`;
  using watch = new ProcessWatch(prefix, findings);
  using vitals = new VitalSigns(agent);
  const noise = Random.of(options.seed).bytes(NOISE_BYTES);
  writeFileSync(directory.at('noise'), noise);
  const complain = (complaint: string): void => findings.add('A wrong answer', complaint);
  const clients = await connectAll(agent, complain);
  const world: SoakWorld = {
    agent,
    findings,
    journal: new Journal(directory.at('journal')),
    workshop: {
      journalFile: directory.at('journal'),
      noiseFile: directory.at('noise'),
      ...(await abilitiesOf(clients)),
    },
    watch,
    clients,
    figures: new SoakFigures(),
    noise,
    prefix,
    plans: new Map(),
    shots: new Map(),
    losses: [],
    survives,
    patienceMs: PATIENCE_MS,
  };
  const ended: Facts[] = [];
  try {
    await storm(world, options, ended);
    vitals.judge(findings);
    await drain(world, ended, fresh);
  } catch (error) {
    findings.add('The soak could not go on', String(error), agent.lastLines);
  }
  for (const { pid } of watch.alive()) signalProcess(pid, 'SIGKILL');
  await Promise.all(clients.map((client) => client.close()));
  world.figures.runs = world.journal.runs.length;
  const most = (role: 'agent' | 'keeper') => ({ rss: vitals.most(role, 'rss'), files: vitals.most(role, 'files') });
  return {
    seed: options.seed,
    seconds: (performance.now() - began) / 1000,
    findings: findings.all,
    counts: findings.counts,
    figures: world.figures,
    log,
    starts: agent.starts,
    startTimes: agent.startTimes,
    survives,
    most: { agent: most('agent'), keeper: most('keeper') },
    growth: vitals.growth,
  };
}

/** How long, at the end, neither agent nor keeper is hit, so that it shows whether they grow: not at all in a short soak. */
function calmMs(ms: number): number {
  return ms * CALM_SHARE >= LEAST_CALM_MS ? ms * CALM_SHARE : 0;
}

/** Jobs and blows, until the time is up and every job has ended. */
async function storm(world: SoakWorld, options: SoakOptions, ended: Facts[]): Promise<void> {
  const { seed, ms, lanes = 32, pace = PACE, signal, onProgress = () => {} } = options;
  const failure = new AbortController();
  const isOver = AbortSignal.any([AbortSignal.timeout(ms), failure.signal, ...(signal === undefined ? [] : [signal])]);
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (!isOver.aborted) {
      sent += 1;
      const random = Random.of(seed, sent);
      const plan = randomPlan(`${world.prefix}${sent}`, random, world.workshop);
      const facts = await perform(plan, random, world);
      if (facts !== undefined) ended.push(facts);
    }
  };
  const progress = setInterval(() => {
    const { figures, findings } = world;
    const blows = figures.sum('deeds');
    onProgress(`${ended.length} of ${sent} jobs ended, ${blows} blows and deeds, ${findings.all.length} findings`);
  }, PROGRESS_MS);
  let raging = 0;
  const calm = AbortSignal.timeout(ms - calmMs(ms));
  const until = { calm, over: isOver };
  const blows = rage(world, () => Random.of(seed, -1, (raging += 1)), pace, until).catch((error: unknown) => {
    failure.abort();
    throw error;
  });
  await Promise.allSettled([blows, ...Array.from({ length: lanes }, lane)]);
  clearInterval(progress);
  await blows;
}

async function connectAll(agent: SoakAgent, complain: (complaint: string) => void): Promise<Caller[]> {
  const plain = Array.from({ length: CLIENTS }, () => new SoakClient(agent.socketPath, complain));
  for (const client of plain) client.open();
  const shipped: Caller[] = [];
  for (let count = 1; count <= SDK_CLIENTS; count += 1)
    shipped.push(await SdkCaller.connect(agent.directory.at(`r${count}`), agent.socketPath, complain));
  return [...plain, ...shipped];
}

/** What the launcher of this agent can do, and the queues, set to one at a time. */
async function abilitiesOf([client]: readonly Caller[]): Promise<Abilities> {
  for (const name of QUEUES) await client?.call('queue.set', { name, width: 1 });
  const answer = await client?.call('core.state');
  const { launcher } = JSON.parse(answer?.data ?? '{}') as {
    readonly launcher: Readonly<Record<'pty' | 'reapsOrphans' | 'cgroup', boolean>>;
  };
  return { hasPty: launcher.pty, reapsOrphans: launcher.reapsOrphans, hasCgroups: launcher.cgroup };
}

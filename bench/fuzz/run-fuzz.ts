import { AgentUnderTest, type AgentEnd } from './agent-under-test.ts';
import { CommandMaker, type CommandKind } from './command-maker.ts';
import { Findings, type Finding } from './findings.ts';
import { Names } from './names.ts';
import { Random } from './random.ts';
import { SESSIONS } from './sessions/all.ts';
import { expectCleanStop, expectQuiet } from './settle.ts';
import { HEAP_FLAGS, Vitals } from './vitals.ts';
import { WellBehaved } from './well-behaved.ts';
import type { World } from './world.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** How long sessions are begun, milliseconds; settling comes after. */
  readonly ms: number;
  /** Sessions at a time. @default 6 */
  readonly lanes?: number;
  /** Ends it early, and in order. */
  readonly signal?: AbortSignal;
}

export interface FuzzReport {
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, number>;
  readonly sessions: number;
  readonly sent: number;
  readonly closes: ReadonlyMap<number, number>;
  readonly warnings: ReadonlyMap<string, number>;
  /** Milliseconds of the well-behaved client's pings, in order of length. */
  readonly pings: readonly number[];
  readonly mostRss: number;
  readonly lastRss: number;
  readonly mostFiles: number;
  readonly end: AgentEnd | undefined;
}

/** How long anything may take on a busy machine. */
const PATIENCE_MS = 10_000;

/** Small limits, so that they are reached. */
const SETTINGS = {
  COREX_JOBS_MAX: '500',
  COREX_JOBS_RUNNING: '48',
  COREX_HISTORY_MAX_JOBS: '2000',
  COREX_OUTPUT_AGENT_BYTES: '67108864',
};

/**
 * Lets random sessions loose on an agent of its own, `lanes` at a time, while a well-behaved client looks whether it
 * still answers. What each session does follows from the seed, its lane and its number; how they fall together does not.
 */
export async function runFuzz({ seed, ms, lanes = 6, signal }: FuzzOptions): Promise<FuzzReport> {
  const findings = new Findings();
  await using agent = await AgentUnderTest.start(findings, { settings: SETTINGS, nodeFlags: HEAP_FLAGS });
  const names = new Names();
  const world: World = {
    tcpUrl: agent.endpoints[1] ?? '',
    socketPath: agent.socketPath,
    token: agent.token,
    findings,
    commands: new CommandMaker([], names),
    names,
    patienceMs: PATIENCE_MS,
    closes: new Map(),
    sent: 0,
  };
  const filesAtStart = agent.openFiles;
  const wellBehaved = await WellBehaved.connect(world);
  const kinds = (await wellBehaved.call('command.list')) as CommandKind[];
  world.commands = new CommandMaker(kinds, names);
  using vitals = new Vitals(agent, findings, lanes);

  const over = new AbortController();
  const isOver = AbortSignal.any([AbortSignal.timeout(ms), over.signal, ...(signal === undefined ? [] : [signal])]);
  void agent.ended.then(() => over.abort());
  const good = wellBehaved.run(isOver).catch((error: unknown) => {
    findings.add('The well-behaved client was let down', String(error), wellBehaved.client.frames);
  });
  const counts = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(world, seed, lane, isOver)));
  over.abort();
  await good;

  if (agent.end === undefined) {
    await expectQuiet(agent, wellBehaved, filesAtStart, findings).catch((error: unknown) => {
      findings.add('The agent could not be brought to rest', String(error));
    });
  } else {
    findings.add('The agent ended', JSON.stringify(agent.end), agent.log.last);
  }
  const lastRss = agent.rss;
  if (agent.end === undefined) await expectCleanStop(agent, findings);
  return {
    findings: findings.all,
    counts: findings.counts,
    sessions: counts.reduce((sum, count) => sum + count, 0),
    sent: world.sent,
    closes: world.closes,
    warnings: agent.log.warnings,
    pings: wellBehaved.pings.toSorted((one, other) => one - other),
    mostRss: vitals.mostRss,
    lastRss,
    mostFiles: vitals.mostFiles,
    end: agent.end,
  };
}

/** Session after session until time is up. Returns how many there were. */
async function runLane(world: World, seed: number, lane: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count += 1) {
    const random = Random.of(seed, lane, count);
    const session = random.weighted(SESSIONS);
    try {
      await session(world, random);
    } catch (error) {
      world.findings.add(`A session failed: ${session.name}`, `lane ${lane}, number ${count}: ${String(error)}`);
    }
  }
  return count;
}

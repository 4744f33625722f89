/**
 * Finds unfinished jobs again when the agent starts, before any command is taken.
 *
 * ```
 *   no intent ─────────────────────────────▶ its queue, or the wait it was in
 *   no intent, but a run and to be the last ▶ settled as that run ended
 *   intent, its place knows the run ───────▶ adopt
 *   intent, same epoch, run unknown ───────▶ it was never spawned: spawn
 *   intent, other epoch ───────────────────▶ lost; its policies decide what follows
 *   a run no job asks for ─────────────────▶ stop and forget
 * ```
 */
import { fault } from '../base/fault.ts';
import { parseTrustedJson } from '../base/json.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import { parseCommand } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { CommandTable } from './command-table.ts';
import type { EngineParts } from './engine-parts.ts';
import { Hooks } from './hooks/hook.ts';
import { Job } from './job.ts';
import { JobRunner } from './job-runner.ts';
import type { UnfinishedJob } from './job-store.ts';
import type { JobTable } from './job-table.ts';
import { logTrouble } from './place-trouble.ts';
import type { Place, Preparation, RunKey } from './process.ts';
import type { FinishedRun } from './result-builder.ts';
import { readRunNote } from './run-note.ts';
import { readStoredCommand } from './stored-command.ts';
import { JobOutput } from './streams/job-output.ts';

/** What a place said when it was opened. */
export interface OpenedPlace {
  readonly place: Place;
  readonly known: ReadonlySet<RunKey>;
}

export interface RecoveryReport {
  queued: number;
  waiting: number;
  /** Settled, as they were to end after the run that ended last. */
  ended: number;
  adopted: number;
  respawned: number;
  lost: number;
  discarded: number;
}

/** Brings back every unfinished job, in order of acceptance, and discards runs without one. */
export async function recoverJobs(
  parts: EngineParts,
  jobs: JobTable,
  table: CommandTable,
  unfinished: readonly UnfinishedJob[],
  places: ReadonlyMap<string, OpenedPlace>,
): Promise<RecoveryReport> {
  fault('agent.recovery.before');
  const report: RecoveryReport = { queued: 0, waiting: 0, ended: 0, adopted: 0, respawned: 0, lost: 0, discarded: 0 };
  const wanted = new Set<RunKey>();
  const endings: Promise<unknown>[] = [];
  const waiting: WaitingJob[] = [];
  for (const row of unfinished) {
    const runner = makeRunner(parts, table, row, places);
    const { job } = runner;
    jobs.add(runner);
    parts.handlers.found(job);
    if (job.membership !== undefined) parts.batches.join(runner);
    if (row.intent === undefined) {
      if (isBehindOthers(row, job)) {
        report.queued += 1;
        waiting.push({ runner, met: new Set(row.met) });
        continue;
      }
      if (job.final && job.lastRun !== undefined) {
        report.ended += 1;
        endings.push(runner.settleIdle('last run'));
      } else {
        report[row.dueAt === undefined ? 'queued' : 'waiting'] += 1;
        runner.resume();
      }
      continue;
    }
    const key: RunKey = `${row.uid}.${row.intent.run}`;
    const opened = places.get(row.intent.place);
    const isKnown = opened?.known.has(key) === true;
    const note = row.note === undefined ? undefined : readRunNote(row.note);
    if (isKnown && runner.adopt(opened.place, note)) {
      wanted.add(key);
      report.adopted += 1;
      fault('agent.recovery.adopted');
    } else if (!isKnown && opened?.place.epoch === row.intent.epoch) {
      report.respawned += 1;
      runner.respawn(row.intent);
    } else {
      report.lost += 1;
      endings.push(runner.lose(opened?.place ?? job.place, note));
    }
  }
  for (const { place, known } of places.values()) {
    for (const key of known) {
      if (wanted.has(key)) continue;
      report.discarded += 1;
      await place.discard(key).catch(logTrouble(parts.logger, { key }, 'Cannot end a run that no job asks for'));
    }
  }
  await waitAgain(parts, waiting);
  parts.batches.endOrphans((batch) => jobs.get(batch) !== undefined);
  await Promise.all(endings);
  fault('agent.recovery.after');
  return report;
}

interface WaitingJob {
  readonly runner: JobRunner;
  readonly met: ReadonlySet<number>;
}

/** It has not had its first turn in line, and not all it waits for is known to have come so far. */
function isBehindOthers({ runs, met = [] }: UnfinishedJob, { command }: Job): boolean {
  return runs === 0 && met.length < command.after.length;
}

/** Jobs go on waiting for others, which may have come further since. */
async function waitAgain({ graph }: EngineParts, waiting: readonly WaitingJob[]): Promise<void> {
  if (waiting.length === 0) return;
  const open = waiting.flatMap(({ runner, met }) => runner.job.command.after.filter((_, index) => !met.has(index)));
  await graph.lookAgain([...new Set(open.map(({ id }) => id))], (settled) => {
    for (const { runner, met } of waiting) if (!runner.settlement.hasBegun) runner.follow(settled, met);
  });
}

function makeRunner(
  parts: EngineParts,
  table: CommandTable,
  row: UnfinishedJob,
  places: ReadonlyMap<string, OpenedPlace>,
): JobRunner {
  const { command, place, preparation } = preparedCommand(table, row, places);
  const output = new JobOutput({ uid: row.uid, archive: parts.archive, raw: row.raw, end: row.outputEnd });
  const job = new Job({
    uid: row.uid,
    id: row.id,
    hash: row.hash,
    command,
    preparation,
    place,
    output,
    hooks: new Hooks([], parts.guard),
    acceptedAt: row.acceptedAt,
    protected: row.protected,
    defaults: parts.defaults,
    membership: row.membership,
    watcher: parts.handlers,
  });
  job.failures = row.failures;
  job.final = row.final;
  job.dueAt = row.dueAt;
  job.priority = row.priority;
  job.outputEnd = row.outputEnd;
  job.outputDropped = row.outputDropped;
  if (row.lastRun !== undefined) {
    job.lastRun = parseTrustedJson(row.lastRun) as FinishedRun;
    if (job.lastRun.startedAt > 0) job.startedAt = job.lastRun.startedAt;
  }
  // A run that was intended and taken back is in the row's count, but there was none.
  job.runs = row.intent?.run ?? job.lastRun?.run ?? 0;
  return new JobRunner(job, parts);
}

interface PreparedCommand {
  readonly command: Command;
  readonly place: Place;
  readonly preparation: Preparation;
}

/** What was taken may mean nothing any more: then every start of it fails, honestly, and a run of it that is alive goes on. */
function preparedCommand(
  table: CommandTable,
  row: UnfinishedJob,
  places: ReadonlyMap<string, OpenedPlace>,
): PreparedCommand {
  let command = parseCommand({ command: row.name, queue: row.queue ?? null, tags: row.tags });
  let place = places.get(row.intent?.place ?? '')?.place ?? NO_PLACE;
  try {
    const stored = readStoredCommand(row.command);
    const { derived } = stored;
    ({ command } = stored);
    const entry = table.get(derived?.name ?? command.name);
    if (entry.sort !== 'job')
      throw new AgentError('bad-command', `Cannot run "${command.name}" as a job: it is a call now`);
    ({ place } = entry.factory);
    if (derived === undefined) return { command, place, preparation: entry.factory.prepare(command) };
    const preparation = entry.factory.prepare({ ...command, ...derived });
    return {
      command,
      place,
      preparation: { ...preparation, derived, ...(row.title === undefined ? {} : { title: row.title }) },
    };
  } catch (error) {
    return { command, place, preparation: failing(error) };
  }
}

/** Where jobs of commands are that nobody knows any more: nothing is there. */
const NO_PLACE: Place = {
  name: 'gone',
  epoch: '',
  survives: false,
  open: () => Promise.resolve([]),
  adopt: () => undefined,
  discard: () => Promise.resolve(),
  cleanUp: () => Promise.resolve({ cleanup: 'none', survivors: [] }),
};

function failing(error: unknown): Preparation {
  const body =
    error instanceof AgentError
      ? { ...error.toJSON(), number: error.number }
      : { code: 'internal', message: errorMessage(error), number: 500 };
  return { takesSlot: false, start: () => Promise.resolve({ type: 'failed', error: body, retryable: false }) };
}

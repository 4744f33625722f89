/**
 * Finds unfinished jobs again when the agent starts, before any command is taken.
 *
 * ```
 *   no intent ─────────────────────────────▶ its queue, or the wait it was in
 *   intent, its place knows the run ───────▶ adopt
 *   intent, same epoch, run unknown ───────▶ it was never spawned: spawn
 *   intent, other epoch ───────────────────▶ lost; its policies decide what follows
 *   a run no job asks for ─────────────────▶ stop and forget
 * ```
 */
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
import type { Place, ProcessFactory, RunKey } from './process.ts';
import type { FinishedRun } from './result-builder.ts';
import { JobOutput } from './streams/job-output.ts';

/** What a place said when it was opened. */
export interface OpenedPlace {
  readonly place: Place;
  readonly epoch: string;
  readonly known: ReadonlySet<RunKey>;
}

export interface RecoveryReport {
  queued: number;
  waiting: number;
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
  const report: RecoveryReport = { queued: 0, waiting: 0, adopted: 0, respawned: 0, lost: 0, discarded: 0 };
  const wanted = new Set<RunKey>();
  const losses: Promise<void>[] = [];
  for (const row of unfinished) {
    const runner = makeRunner(parts, table, row);
    jobs.add(runner);
    if (row.intent === undefined) {
      report[row.dueAt === undefined ? 'queued' : 'waiting'] += 1;
      runner.resume();
      continue;
    }
    const key: RunKey = `${row.uid}.${row.intent.run}`;
    const place = places.get(row.intent.place);
    if (place?.known.has(key) === true && runner.adopt()) {
      wanted.add(key);
      report.adopted += 1;
    } else if (place?.epoch === row.intent.epoch) {
      report.respawned += 1;
      runner.respawn(row.intent);
    } else {
      report.lost += 1;
      losses.push(lose(parts, runner));
    }
  }
  for (const { place, known } of places.values()) {
    for (const key of known) {
      if (wanted.has(key)) continue;
      report.discarded += 1;
      await place.discard(key);
    }
  }
  await Promise.all(losses);
  return report;
}

async function lose(parts: EngineParts, runner: JobRunner): Promise<void> {
  const { uid, runs, place } = runner.job;
  const outputEnd = await parts.archive.end(uid).catch(() => 0);
  const cleaned = await place.cleanUp(`${uid}.${runs}`).catch(() => ({ cleanup: 'none' as const, survivors: [] }));
  await runner.lose({ outputEnd, ...cleaned });
}

function makeRunner(parts: EngineParts, table: CommandTable, row: UnfinishedJob): JobRunner {
  const command = storedCommand(row);
  const factory = factoryOf(table, command, row);
  const output = new JobOutput({ uid: row.uid, archive: parts.archive, raw: command.raw, end: row.outputEnd });
  const job = new Job({
    uid: row.uid,
    id: row.id,
    hash: row.hash,
    command,
    preparation: prepare(factory, command),
    place: factory.place,
    output,
    hooks: new Hooks([], parts.guard),
    acceptedAt: row.acceptedAt,
    protected: row.protected,
    defaults: parts.defaults,
  });
  job.runs = row.runs;
  job.failures = row.failures;
  job.final = row.final;
  job.dueAt = row.dueAt;
  job.priority = row.priority;
  job.outputEnd = row.outputEnd;
  job.outputDropped = row.outputDropped;
  if (row.lastRun !== undefined) job.lastRun = parseTrustedJson(row.lastRun) as FinishedRun;
  return new JobRunner(job, parts);
}

function storedCommand(row: UnfinishedJob): Command {
  return parseCommand(parseTrustedJson(row.command));
}

/** A command that was registered when the job was taken may be gone; then every start of it fails, honestly. */
function factoryOf(table: CommandTable, command: Command, row: UnfinishedJob): ProcessFactory {
  try {
    const entry = table.get(command.name);
    if (entry.sort === 'job') return entry.factory;
    throw new AgentError('bad-command', `Cannot run "${command.name}" as a job: it is a call now`);
  } catch (error) {
    return unavailable(row.intent?.place ?? 'gone', error);
  }
}

function prepare(factory: ProcessFactory, command: Command): ReturnType<ProcessFactory['prepare']> {
  try {
    return factory.prepare(command);
  } catch (error) {
    return unavailable(factory.place.name, error).prepare(command);
  }
}

function unavailable(placeName: string, error: unknown): ProcessFactory {
  const body =
    error instanceof AgentError
      ? { ...error.toJSON(), number: error.number }
      : { code: 'internal', message: errorMessage(error), number: 500 };
  return {
    place: {
      name: placeName,
      survives: false,
      open: () => Promise.resolve({ epoch: '', known: [] }),
      discard: () => Promise.resolve(),
      cleanUp: () => Promise.resolve({ cleanup: 'none', survivors: [] }),
    },
    prepare: () => ({
      takesSlot: false,
      start: () => Promise.resolve({ type: 'failed', error: body, retryable: false }),
      adopt: () => undefined,
    }),
  };
}

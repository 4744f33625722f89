/** What a batch is to do, worked out before anything of it is started. */
import { AgentError } from '../../protocol/agent-error.ts';
import type { Command } from '../../protocol/command.ts';
import type { Dependency } from '../../protocol/dependency.ts';
import { MAX_ID_LENGTH } from '../../protocol/limits.ts';

/** One command of a batch. */
export interface BatchEntry {
  /** What the others call it in `after`; its job's id is `<batch>.<name>`, or `<batch>.<number>` without one. */
  readonly name: string | undefined;
  readonly command: Command;
}

export interface BatchSpec {
  readonly entries: readonly BatchEntry[];
  /** Jobs that may be in line or run at once; undefined: all. */
  readonly maxInFlight: number | undefined;
  /** Whether more is started when one has failed. */
  readonly onFailure: 'continue' | 'stop';
}

/** A command of a batch with its job's id, and the ids of those it waits for. */
export interface PlannedJob {
  readonly id: string;
  readonly command: Command;
  /** Those it waits for that do not belong to the batch. */
  readonly others: readonly string[];
}

export interface BatchPlan extends Omit<BatchSpec, 'entries'> {
  /** Everybody after those it waits for. */
  readonly jobs: readonly PlannedJob[];
  /** Their ids in the order given. */
  readonly ids: readonly string[];
  /** Jobs outside of the batch that some of it wait for. */
  readonly others: readonly string[];
}

/** Ids of a cycle that are named at most. */
const NAMED = 10;

/**
 * Gives every command its job's id, turns names into ids, and puts them into an order in which each can be accepted.
 * Errors: AgentError `bad-arguments` for names or ids that are given twice, ids that are too long, and cycles.
 */
export function planBatch(batch: string, { entries, ...rest }: BatchSpec): BatchPlan {
  const ids = entries.map(({ name, command }, index) => command.id ?? `${batch}.${name ?? index + 1}`);
  const byName = nameTable(batch, entries, ids);
  const own = new Set(ids);
  const jobs = entries.map(({ command }, index): PlannedJob => {
    const id = ids[index] ?? '';
    const after = command.after.map((dependency) => ({
      ...dependency,
      id: byName.get(dependency.id) ?? dependency.id,
    }));
    const others = after.filter((dependency) => !own.has(dependency.id)).map((dependency) => dependency.id);
    return { id, command: { ...command, id, after: withoutRepeats(after) }, others };
  });
  return { ...rest, jobs: inOrder(jobs), ids, others: [...new Set(jobs.flatMap(({ others }) => others))] };
}

function nameTable(batch: string, entries: readonly BatchEntry[], ids: readonly string[]): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  const places = new Map<string, number>();
  for (const [index, { name }] of entries.entries()) {
    const id = ids[index] ?? '';
    const first = places.get(id);
    if (id === batch) throw refused(`commands.${index} has the id of the batch, "${batch}"`);
    if (first !== undefined) throw refused(`commands.${first} and commands.${index} have the same id, "${id}"`);
    if (id.length > MAX_ID_LENGTH) {
      throw refused(`the id "${id}" of commands.${index} has ${id.length} characters, ${MAX_ID_LENGTH} are the most`);
    }
    places.set(id, index);
    if (name === undefined) continue;
    if (byName.has(name)) throw refused(`the name "${name}" is given twice`);
    byName.set(name, id);
  }
  for (const [name, id] of byName) {
    const other = places.has(name) && name !== id;
    if (other) throw refused(`"${name}" is the name of one command and the id of another`);
  }
  return byName;
}

function withoutRepeats(after: readonly Dependency[]): readonly Dependency[] {
  if (after.length < 2) return after;
  return [...new Map(after.map((dependency) => [`${dependency.condition} ${dependency.id}`, dependency])).values()];
}

/** Those that wait for nobody first, then those whose turn it is, each as early as it was given. */
function inOrder(jobs: readonly PlannedJob[]): readonly PlannedJob[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const waitsFor = new Map<string, number>();
  const awaitedBy = new Map<string, PlannedJob[]>();
  for (const job of jobs) {
    const own = new Set(job.command.after.map(({ id }) => id).filter((id) => byId.has(id)));
    waitsFor.set(job.id, own.size);
    for (const id of own) {
      const waiting = awaitedBy.get(id);
      if (waiting === undefined) awaitedBy.set(id, [job]);
      else waiting.push(job);
    }
  }
  const ordered = jobs.filter(({ id }) => waitsFor.get(id) === 0);
  // It grows while it is walked along.
  for (const { id } of ordered) {
    for (const job of awaitedBy.get(id) ?? []) {
      const left = (waitsFor.get(job.id) ?? 0) - 1;
      waitsFor.set(job.id, left);
      if (left === 0) ordered.push(job);
    }
  }
  if (ordered.length === jobs.length) return ordered;
  throw refused(`its commands wait for each other: ${cycleOf(jobs, byId, waitsFor)}`);
}

/** Every job that is left waits for another that is left: walking along comes back somewhere. */
function cycleOf(
  jobs: readonly PlannedJob[],
  byId: ReadonlyMap<string, PlannedJob>,
  waitsFor: ReadonlyMap<string, number>,
): string {
  const isLeft = (id: string): boolean => (waitsFor.get(id) ?? 0) > 0;
  const path: string[] = [];
  const places = new Map<string, number>();
  let id = jobs.find((job) => isLeft(job.id))?.id ?? '';
  while (!places.has(id)) {
    places.set(id, path.length);
    path.push(id);
    id = byId.get(id)?.command.after.find((dependency) => byId.has(dependency.id) && isLeft(dependency.id))?.id ?? '';
  }
  const cycle = path.slice(places.get(id));
  const named = cycle.slice(0, NAMED).map((each) => `"${each}"`);
  if (cycle.length > NAMED) named.push(`${cycle.length - NAMED} more`);
  return [...named, `"${id}"`].join(' after ');
}

function refused(why: string): AgentError {
  return new AgentError('bad-arguments', `Cannot take the batch: ${why}`);
}

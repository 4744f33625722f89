/** Which entry comes after which: a sound order, stages, and what is wrong. Pure. */
import { nearestName } from '../base/nearest-name.ts';
import { isMilestone, MILESTONES } from './startup-entry.ts';
import type { Milestone, StartupEntry } from './startup-entry.ts';

export type GraphNode = Pick<StartupEntry, 'id' | 'after'>;

export interface StartupGraph {
  /** Every entry that is in no circle and behind none, each after all it comes after; else as they were given. */
  readonly order: readonly string[];
  /** Entries that can't be started whatever happens, and why. */
  readonly troubles: ReadonlyMap<string, string>;
  /** What an entry comes after: milestones and entries that exist; `boot` when it names nothing. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** Entries that come right after an entry or a milestone. */
  readonly dependants: ReadonlyMap<string, readonly string[]>;
  /** The last milestone an entry comes after, directly or by others. What comes before the next one waits for all of these. */
  readonly stages: ReadonlyMap<string, Milestone>;
}

/** Ids must differ. */
export function buildGraph(nodes: readonly GraphNode[]): StartupGraph {
  const known = new Set(nodes.map(({ id }) => id));
  const troubles = new Map<string, string>();
  const after = new Map<string, readonly string[]>();
  for (const node of nodes) {
    const names = node.after.length === 0 ? ['boot'] : [...new Set(node.after)];
    const unknown = names.find((name) => !known.has(name) && !isMilestone(name));
    if (unknown !== undefined) troubles.set(node.id, unknownTrouble(unknown, known));
    after.set(
      node.id,
      names.filter((name) => known.has(name) || isMilestone(name)),
    );
  }
  const dependants = invert(after);
  const order = orderOf(after, dependants);
  for (const [id, trouble] of circleTroubles(after, order)) if (!troubles.has(id)) troubles.set(id, trouble);
  return { order, troubles, after, dependants, stages: stagesOf(after, order) };
}

function unknownTrouble(name: string, known: ReadonlySet<string>): string {
  const nearest = nearestName(name, [...known, ...MILESTONES]);
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return `it comes after "${name}", and there is no such entry${hint}`;
}

function invert(after: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const dependants = new Map<string, string[]>();
  for (const [id, names] of after) {
    for (const name of names) {
      const list = dependants.get(name);
      if (list === undefined) dependants.set(name, [id]);
      else list.push(id);
    }
  }
  return dependants;
}

/** Takes away, again and again, what comes after nothing that is left. */
function orderOf(
  after: ReadonlyMap<string, readonly string[]>,
  dependants: ReadonlyMap<string, readonly string[]>,
): string[] {
  const left = new Map([...after].map(([id, names]) => [id, names.filter((name) => !isMilestone(name)).length]));
  const order = [...left].filter(([, count]) => count === 0).map(([id]) => id);
  for (const id of order) {
    for (const dependant of dependants.get(id) ?? []) {
      const count = (left.get(dependant) ?? 0) - 1;
      left.set(dependant, count);
      if (count === 0) order.push(dependant);
    }
  }
  return order;
}

/** Entries that come after themselves. Those that only come after such a one are not among them. */
function circleTroubles(after: ReadonlyMap<string, readonly string[]>, order: readonly string[]): [string, string][] {
  const ordered = new Set(order);
  const rest = [...after.keys()].filter((id) => !ordered.has(id));
  const troubles: [string, string][] = [];
  for (const id of rest) {
    const circle = pathBack(id, after, ordered);
    if (circle !== undefined) troubles.push([id, `it comes after itself: ${circle.join(' after ')}`]);
  }
  return troubles;
}

/** The shortest way from an entry over what it comes after back to itself. */
function pathBack(
  id: string,
  after: ReadonlyMap<string, readonly string[]>,
  ordered: ReadonlySet<string>,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const reached = [id];
  for (const at of reached) {
    for (const name of after.get(at) ?? []) {
      if (name === id) {
        const path = [id];
        for (let step = at; step !== id; step = cameFrom.get(step) ?? id) path.unshift(step);
        return [id, ...path];
      }
      if (isMilestone(name) || ordered.has(name) || cameFrom.has(name)) continue;
      cameFrom.set(name, at);
      reached.push(name);
    }
  }
  return undefined;
}

function stagesOf(after: ReadonlyMap<string, readonly string[]>, order: readonly string[]): Map<string, Milestone> {
  const ranks = new Map<string, number>(MILESTONES.map((name, rank) => [name, rank]));
  const stages = new Map<string, Milestone>();
  for (const id of order) {
    const rank = Math.max(0, ...(after.get(id) ?? []).map((name) => ranks.get(name) ?? 0));
    ranks.set(id, rank);
    stages.set(id, MILESTONES[rank] ?? 'boot');
  }
  return stages;
}

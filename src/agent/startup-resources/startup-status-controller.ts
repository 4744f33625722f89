import type { StartupReport } from '../../engine/startup-access.ts';
import type { Controller, PlainContext } from '../../state/controllers/controller.ts';
import { pointerOf } from '../../state/resource.ts';
import { sourceOf } from './read-startups.ts';
import {
  StartupStatuses,
  statusSpecOf,
  type StartupStatusSpec,
  uselessStatusSpec,
} from './startup-statuses-resource.ts';
import { Startups } from './startups-resource.ts';

const WISHES = { namespace: Startups.namespace, type: Startups.type };
const STATUSES = { namespace: StartupStatuses.namespace, type: StartupStatuses.type };

export interface StatusControllerOptions {
  readonly list: () => StartupReport;
  /** Calls back whenever {@link list} may tell something else. */
  readonly listen: (onChange: () => void) => Disposable;
  /** A rest between two looks: entries move often. */
  readonly rest: (signal: AbortSignal) => Promise<void>;
}

/** Tells where each entry of the startup stands, in a resource each. */
export function startupStatusController({ list, listen, rest }: StatusControllerOptions): Controller {
  return {
    name: 'corex.startup-status',
    inputs: [
      { ...WISHES, kind: 'weak' },
      { ...STATUSES, kind: 'destroy-ready' },
    ],
    outputs: [{ type: StartupStatuses.type, kind: 'exclusive' }],
    run: async (context) => {
      const { state, signal } = context;
      using _listening = listen(() => {
        context.wake();
      });
      for (const events = context.events[Symbol.asyncIterator](); (await events.next()).done !== true;) {
        await write(state, await wantedStatuses(state, list()));
        context.resetBackoff();
        await rest(signal);
      }
    },
  };
}

async function wantedStatuses(
  state: PlainContext['state'],
  { entries, problems }: StartupReport,
): Promise<Map<string, StartupStatusSpec>> {
  const phases = new Map((await state.list(WISHES)).map(({ metadata: { id, phase } }) => [id, phase]));
  const wrong = new Map(problems.flatMap(({ id, message }) => (id === undefined ? [] : [[id, message]])));
  const wanted = new Map<string, StartupStatusSpec>();
  for (const entry of entries) {
    const phase = entry.from === 'resource' ? (phases.get(entry.id) ?? 'tearing-down') : 'running';
    wanted.set(entry.id, statusSpecOf(entry, phase, wrong.get(entry.id)));
  }
  for (const [id, message] of wrong) {
    const phase = phases.get(id);
    if (phase !== undefined && !wanted.has(id)) wanted.set(id, uselessStatusSpec(sourceOf(id), phase, message));
  }
  return wanted;
}

/** One that somebody holds goes when it is let go; until then its entry has no other. */
async function write(state: PlainContext['state'], wanted: ReadonlyMap<string, StartupStatusSpec>): Promise<void> {
  const held = new Set<string>();
  for (const status of await state.list(STATUSES)) {
    const { id, phase } = status.metadata;
    if (phase === 'running' && wanted.has(id)) continue;
    const pointer = pointerOf(status);
    if (await state.teardown(pointer)) await state.destroy(pointer);
    else held.add(id);
  }
  for (const [id, spec] of wanted) {
    if (held.has(id)) continue;
    await state.modify(StartupStatuses.make({ id, spec }), (draft) => {
      draft.spec = spec;
    });
  }
}

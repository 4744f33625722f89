import type { Engine } from '../../engine/engine.ts';
import { endLeftJob } from '../../startup/left-job.ts';
import { STARTUP_TAG } from '../../startup/startup-entry.ts';
import type { Controller, PlainContext } from '../../state/controllers/controller.ts';
import { hasFired } from '../../state/controllers/plain-runner.ts';
import { pointerOf, type Resource } from '../../state/resource.ts';
import { isStateError } from '../../state/state-error.ts';
import { Startups } from './startups-resource.ts';
import type { StartupWishes } from './startup-wishes.ts';

const NAME = 'corex.startup';
const KIND = { namespace: Startups.namespace, type: Startups.type };

export interface StartupControllerOptions {
  readonly wishes: StartupWishes;
  readonly engine: Pick<Engine, 'list' | 'kill' | 'view'>;
}

/**
 * Starts, changes and stops entries as their resources say. Each resource is held by a finalizer, which is there before
 * the entry is started and is taken off when its job has ended; what is nobody's is destroyed then.
 */
export function startupController({ wishes, engine }: StartupControllerOptions): Controller {
  return {
    name: NAME,
    inputs: [{ ...KIND, kind: 'strong' }],
    // Written by whoever wishes; destroyed here once it is to go and nothing holds it.
    outputs: [{ type: Startups.type, kind: 'shared' }],
    run: async (context) => {
      const { state, signal } = context;
      const over = aborted(signal);
      for (const events = context.events[Symbol.asyncIterator](); (await events.next()).done !== true;) {
        const held: Resource[] = [];
        const going: Resource[] = [];
        for (const resource of await state.list(KIND)) {
          if (resource.metadata.phase === 'tearing-down') going.push(resource);
          else if (await hold(state, resource)) held.push(resource);
        }
        await Promise.race([wishes.want(held), over]);
        for (const resource of going) {
          if (hasFired(signal)) return;
          const { id, finalizers } = resource.metadata;
          if (finalizers.includes(NAME)) {
            if (!wishes.isInFile(id)) await Promise.race([endLeft(engine, id), over]);
            if (hasFired(signal)) return;
            await state.removeFinalizer(pointerOf(resource), NAME);
          }
          await letGo(state, resource);
        }
        context.resetBackoff();
      }
    },
  };
}

/** False when it is gone meanwhile. */
async function hold(state: PlainContext['state'], resource: Resource): Promise<boolean> {
  if (resource.metadata.finalizers.includes(NAME)) return true;
  try {
    await state.addFinalizer(pointerOf(resource), NAME);
    return true;
  } catch (error) {
    if (isStateError(error, 'not-found')) return false;
    throw error;
  }
}

/** Whoever else holds it, or wants it gone, may be first. */
async function letGo(state: PlainContext['state'], resource: Resource): Promise<void> {
  if (resource.metadata.owner !== '') return;
  try {
    await state.destroy(pointerOf(resource), { owner: '' });
  } catch (error) {
    if (!isStateError(error, 'not-found') && !isStateError(error, 'pending-finalizers')) throw error;
  }
}

/** What an earlier agent left of an entry that was to go, or what could not be stopped with the others. */
async function endLeft(engine: StartupControllerOptions['engine'], id: string): Promise<void> {
  const [info] = engine.list({ ids: [id], tags: [STARTUP_TAG] });
  if (info !== undefined) await endLeftJob(engine, id);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Starts what the configuration and resources want to run with the agent, and lets built-ins see and change it. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { awaitProbe } from '../host/probe/probe.ts';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { parseKernelCommandLine } from '../startup/kernel-command-line.ts';
import { Startup } from '../startup/startup.ts';
import { wordsOf } from '../startup/words.ts';
import type { StartupChanges } from '../engine/startup-access.ts';
import type { MakePart } from './agent-part.ts';
import { StartupRecord } from './startup-record.ts';
import { startupResources } from './startup-resources/startup-resources.ts';

/** Part of the time a stop may take that the ordered stop may use; the rest is for all other jobs. */
const ORDERED_SHARE = 0.7;

export const startup: MakePart = (world) => {
  const { engine, clock, environment, launcher } = world;
  const logger = world.logger.child({ part: 'startup' });
  const listeners = new Set<() => void>();
  const entries = new Startup({
    jobs: engine,
    clock,
    logger,
    probe: awaitProbe,
    hasNetwork,
    words: wordsOf(environment, parseKernelCommandLine(readKernelCommandLine())),
    memory: new StartupRecord(world.config().agent.dataDir, { clock, survives: launcher.abilities.survives }),
    onChange: () => {
      for (const listener of listeners) listener();
    },
  });
  const resources = startupResources(world, entries, (listener) => {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  });
  let changes: Promise<StartupChanges> | undefined;
  const latest = (): Promise<StartupChanges> | undefined => changes;
  const reload = async (): Promise<StartupChanges> => {
    changes = undefined;
    try {
      await world.agent.reload();
    } catch (error) {
      if (isAgentError(error)) throw error;
      throw new AgentError('bad-arguments', errorMessage(error), { cause: error });
    }
    return await (latest() ?? resources.readAgain());
  };
  return {
    register: async () => {
      await resources.register();
      world.offer({
        startup: {
          list: () => entries.list(),
          start: (id) => entries.start(id),
          stop: (id) => entries.stop(id),
          restart: (id) => entries.restart(id),
          reload,
        },
      });
    },
    begin: () => {
      // What is left of earlier agents may take its time to end; the agent is there meanwhile.
      resources.begin().catch((error: unknown) => {
        logger.error({ error: errorMessage(error) }, 'The startup could not begin');
      });
    },
    reload: async () => {
      changes = resources.readAgain();
      const { added, removed, changed, revived } = await changes;
      logger.info({ added, removed, changed, revived }, 'The startup was read again');
    },
    stop: async ({ drain, deadlineMs }) => {
      const ordered = drain || !launcher.abilities.survives;
      await entries.end({ ordered, withinMs: deadlineMs * ORDERED_SHARE });
    },
    close: () => entries.end({ ordered: false, withinMs: 0 }),
  };
};

/** None where there is no such file. */
function readKernelCommandLine(): string {
  try {
    return readFileSync('/proc/cmdline', 'utf8');
  } catch {
    return '';
  }
}

/** Whether an address is there that is not only for this machine or this link. */
function hasNetwork(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return addresses.some(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address));
}

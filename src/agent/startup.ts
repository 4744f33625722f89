/** Starts what the configuration wants to run with the agent, and lets built-ins see and change it. */
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

/** Part of the time a stop may take that the ordered stop may use; the rest is for all other jobs. */
const ORDERED_SHARE = 0.7;

export const startup: MakePart = (world) => {
  const { engine, clock, environment, launcher } = world;
  const logger = world.logger.child({ part: 'startup' });
  const entries = new Startup({
    jobs: engine,
    clock,
    logger,
    probe: awaitProbe,
    hasNetwork,
    words: wordsOf(environment, parseKernelCommandLine(readKernelCommandLine())),
    memory: new StartupRecord(world.config().agent.dataDir, { clock, survives: launcher.abilities.survives }),
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
    return await (latest() ?? entries.apply(world.config().startup));
  };
  return {
    register: () => {
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
      entries.begin(world.config().startup).catch((error: unknown) => {
        logger.error({ error: errorMessage(error) }, 'The startup could not begin');
      });
    },
    reload: async () => {
      changes = entries.apply(world.config().startup);
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

/** Lets built-ins look at the processes of the machine and at what answers on its ports. */
import type { ProbeAccess, ProcessAccess } from '../engine/machine-access.ts';
import type { Engine } from '../engine/engine.ts';
import type { Clock } from '../base/clock.ts';
import type { Launcher } from '../host/launcher.ts';
import { getPage } from '../host/probe/get-page.ts';
import { awaitProbe } from '../host/probe/probe.ts';
import { listProcesses } from '../host/process-list.ts';
import { signalProcess } from '../host/signal-process.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { MakePart } from './agent-part.ts';

export const offerMachine: MakePart = ({ engine, launcher, clock, ...world }) => ({
  register: () => {
    world.offer({ processes: processAccess(engine, launcher), probes: probeAccess(clock) });
  },
});

function processAccess(engine: Engine, launcher: Launcher): ProcessAccess {
  return {
    list: async ({ ppid, ...query }, signal) => {
      if (process.platform !== 'linux') {
        throw new AgentError('not-able', `Cannot list processes: that takes Linux, and this is ${process.platform}`);
      }
      const jobOf = (runKey: string, jobId: string): string | undefined =>
        engine.isOfJob(jobId, runKey.slice(0, runKey.lastIndexOf('.'))) ? jobId : undefined;
      return await listProcesses({ ...query, ...(ppid === undefined ? {} : { parent: ppid }), jobOf, signal });
    },
    signal: (target, signal) => {
      refuseOwn(target.pid, signal, launcher.ownerPid);
      signalProcess(target, signal);
    },
  };
}

/** What the agent stands on has an end of its own. */
function refuseOwn(pid: number, signal: NodeJS.Signals, keeperPid: number | undefined): void {
  const about = `Cannot send ${signal} to the process ${String(pid)}`;
  if (pid === process.pid) throw new AgentError('forbidden', `${about}: it is this agent; "core.stop" ends it`);
  if (pid === keeperPid) {
    throw new AgentError('forbidden', `${about}: it is the keeper of this agent, which owns the processes of all jobs`);
  }
}

function probeAccess(clock: Clock): ProbeAccess {
  return {
    awaitPort: (target, timeoutMs, signal) => awaitProbe(target, { timeoutMs, signal, clock }),
    getPage: (request, timeoutMs, signal) => getPage(request, { timeoutMs, signal, clock }),
  };
}

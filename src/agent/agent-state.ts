/** What the agent tells of itself: to `core.state`, to metrics, and to `/readyz`. */
import type { Clock } from '../base/clock.ts';
import { inTime } from '../base/in-time.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/open-store.ts';
import { detectCgroups } from '../host/confine/cgroups.ts';
import type { Launcher } from '../host/launcher.ts';
import { AGENT_VERSION } from './version.ts';

export interface AgentParts {
  readonly engine: Engine;
  readonly store: Store;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly name: string;
  readonly startedAt: number;
  readonly generation: number;
}

/** A file system that hangs must not keep the rest from being told, milliseconds. */
const LOOK_MS = 500;

/** The answer of `core.state`. Sizes are bytes, times milliseconds. */
export async function describeState(parts: AgentParts): Promise<Record<string, unknown>> {
  const { engine, store, launcher } = parts;
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const { byState, live, waiting, active } = engine.load;
  return {
    name: parts.name,
    version: AGENT_VERSION,
    pid: process.pid,
    node: process.version,
    generation: parts.generation,
    started: parts.startedAt,
    uptime_ms: Math.round(parts.clock.now() - parts.startedAt),
    jobs: { live, waiting, active, by_state: byState, finished: store.counters.finished },
    memory: { rss: memory.rss, heap: memory.heapUsed },
    cpu: { user_ms: Math.round(cpu.user / 1000), system_ms: Math.round(cpu.system / 1000) },
    launcher: launcher.abilities,
    cgroups: await describeCgroups(parts),
    ...(launcher.ownerPid !== undefined && { keeper: { pid: launcher.ownerPid, trouble: launcher.trouble ?? null } }),
    store: store.counters,
    counts: engine.counts,
    measurements: engine.sampling.counts.samples,
  };
}

/** What control groups can do for jobs; null when that can't be found out. */
async function describeCgroups({ launcher, clock }: AgentParts): Promise<Record<string, unknown> | null> {
  const own = [process.pid, process.ppid, launcher.ownerPid ?? process.pid];
  const host = await inTime(clock, LOOK_MS, detectCgroups({ own }), undefined);
  if (host === undefined) return null;
  const { mode, kill, limits, troubles } = host;
  return { mode, kill, limits: Object.keys(limits), troubles };
}

/** What the agent tells of itself: to `core.state`, to metrics, and to `/readyz`. */
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Store } from '../store/open-store.ts';
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

/** The answer of `core.state`. Sizes are bytes, times milliseconds. */
export function describeState(parts: AgentParts): Record<string, unknown> {
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
    store: store.counters,
    counts: engine.counts,
  };
}

/** Copies what the parts count into the metrics each time these are read. */
export function publishMetrics(metrics: Metrics, parts: MeasuredParts): Disposable {
  metrics.gauge('corex_info', { version: AGENT_VERSION, node: process.version }).set(1);
  return metrics.beforeReading(() => {
    const { engine, store } = parts;
    const { counts, watcherCounts } = engine;
    metrics.counter('corex_commands_total', { outcome: 'accepted' }).raiseTo(counts.accepted);
    metrics.counter('corex_commands_total', { outcome: 'attached' }).raiseTo(counts.attached);
    metrics.counter('corex_commands_total', { outcome: 'called' }).raiseTo(counts.calls);
    metrics.counter('corex_commands_total', { outcome: 'refused' }).raiseTo(counts.refused);
    for (const [reason, settled] of Object.entries(counts.settled)) {
      metrics.counter('corex_jobs_settled_total', { reason }).raiseTo(settled);
    }
    metrics.counter('corex_runs_started_total', {}).raiseTo(counts.runsStarted);
    metrics.counter('corex_spawn_failures_total', {}).raiseTo(counts.startsFailed);
    metrics.counter('corex_output_bytes_total', {}).raiseTo(counts.outputBytes);
    metrics.counter('corex_output_dropped_bytes_total', {}).raiseTo(counts.outputDropped);
    metrics.counter('corex_messages_total', {}).raiseTo(counts.messages);
    metrics.counter('corex_watcher_errors_total', {}).raiseTo(watcherCounts.errors);
    metrics.counter('corex_watcher_slow_total', {}).raiseTo(watcherCounts.slow);
    metrics.counter('corex_watcher_dropped_total', {}).raiseTo(watcherCounts.dropped);
    metrics.counter('corex_store_retries_total', {}).raiseTo(counts.storeRetries);
    metrics.counter('corex_store_commits_total', {}).raiseTo(store.counters.commits);
    metrics.replace(
      'corex_jobs',
      Object.entries(engine.load.byState).map(([state, jobs]) => [{ state }, jobs] as const),
    );
    const fullest = engine.queues
      .list()
      .sort((a, b) => b.waiting - a.waiting)
      .slice(0, 200);
    metrics.replace(
      'corex_queue_waiting',
      fullest.map(({ name, waiting }) => [{ queue: name }, waiting] as const),
    );
    metrics.replace(
      'corex_queue_active',
      fullest.map(({ name, active }) => [{ queue: name }, active] as const),
    );
  });
}

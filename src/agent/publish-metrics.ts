/** Brings what the parts of the agent count into the metrics. */
import type { Engine } from '../engine/engine.ts';
import type { ServerStats } from '../server/server.ts';
import type { Store } from '../store/open-store.ts';
import { countsDropped, type Logger } from '../telemetry/logger.ts';
import type { CounterLabels, CounterName, Metrics } from '../telemetry/metrics.ts';
import { AGENT_VERSION } from './version.ts';

export interface MeasuredParts {
  readonly engine: Engine;
  readonly store: Store;
  /** Undefined while there is none. */
  readonly server: () => ServerStats | undefined;
  readonly logger: Logger;
}

/** Queues whose load is shown: a caller may make any number of them. */
const MOST_QUEUES = 200;

/**
 * Copies what the parts count each time the metrics are read, and measures every settled job. Disposing
 * ends both.
 */
export function publishMetrics(metrics: Metrics, parts: MeasuredParts): Disposable {
  metrics.gauge('corex_info', { version: AGENT_VERSION, node: process.version }).set(1);
  const stack = new DisposableStack();
  stack.use(metrics.beforeReading(() => copy(metrics, parts)));
  stack.use(
    parts.engine.addHandler({
      name: 'metrics',
      result: (_job, { runs, state, time }) => {
        if (runs > 0) metrics.histogram('corex_run_duration_seconds', { state }).observe(time / 1000);
      },
    }),
  );
  return stack;
}

function copy(metrics: Metrics, { engine, store, server, logger }: MeasuredParts): void {
  const raise = <Name extends CounterName>(name: Name, labels: CounterLabels<Name>, total: number): void =>
    metrics.counter(name, labels).raiseTo(total);
  const { counts, watcherCounts } = engine;
  raise('corex_commands_total', { outcome: 'accepted' }, counts.accepted);
  raise('corex_commands_total', { outcome: 'attached' }, counts.attached);
  raise('corex_commands_total', { outcome: 'called' }, counts.calls);
  raise('corex_commands_total', { outcome: 'refused' }, counts.refused);
  for (const [reason, settled] of Object.entries(counts.settled))
    raise('corex_jobs_settled_total', { reason }, settled);
  raise('corex_runs_started_total', {}, counts.runsStarted);
  raise('corex_spawn_failures_total', {}, counts.startsFailed);
  raise('corex_output_bytes_total', {}, counts.outputBytes);
  raise('corex_output_dropped_bytes_total', {}, counts.outputDropped);
  raise('corex_messages_total', {}, counts.messages);
  raise('corex_watcher_errors_total', {}, watcherCounts.errors);
  raise('corex_watcher_slow_total', {}, watcherCounts.slow);
  raise('corex_watcher_dropped_total', {}, watcherCounts.dropped);
  raise('corex_store_retries_total', {}, counts.storeRetries);
  raise('corex_store_commits_total', {}, store.counters.commits);
  raise('corex_store_failures_total', {}, store.counters.failures);
  raise('corex_store_write_groups_total', {}, store.counters.writeGroups);
  raise('corex_store_write_seconds_total', {}, store.counters.writeMs / 1000);
  raise('corex_log_dropped_total', {}, countsDropped(logger) ? logger.dropped : 0);
  metrics.gauge('corex_store_pending', {}).set(store.counters.pending);
  copyLoad(metrics, engine);
  copyTraffic(metrics, server());
}

function copyLoad(metrics: Metrics, { load, queues }: Engine): void {
  const byState = Object.entries(load.byState).map(([state, jobs]) => [{ state }, jobs] as const);
  metrics.replace('corex_jobs', byState);
  const byLoad = queues.list().sort((a, b) => b.waiting - a.waiting || b.active - a.active);
  const shown = byLoad
    .slice(0, MOST_QUEUES)
    .map(({ name, waiting, active }) => ({ labels: { queue: name }, waiting, active }));
  metrics.replace(
    'corex_queue_waiting',
    shown.map(({ labels, waiting }) => [labels, waiting] as const),
  );
  metrics.replace(
    'corex_queue_active',
    shown.map(({ labels, active }) => [labels, active] as const),
  );
}

function copyTraffic(metrics: Metrics, stats: ServerStats | undefined): void {
  if (stats === undefined) return;
  const { traffic } = stats;
  metrics.counter('corex_frames_in_total', { kind: 'text' }).raiseTo(traffic.textIn);
  metrics.counter('corex_frames_in_total', { kind: 'binary' }).raiseTo(traffic.binaryIn);
  metrics.counter('corex_frames_out_total', { kind: 'text' }).raiseTo(traffic.textOut);
  metrics.counter('corex_frames_out_total', { kind: 'binary' }).raiseTo(traffic.binaryOut);
  metrics.counter('corex_backpressure_pauses_total', {}).raiseTo(traffic.pauses);
  metrics.gauge('corex_connections', {}).set(stats.sessions);
  metrics.gauge('corex_subscriptions', {}).set(stats.subscriptions);
  metrics.gauge('corex_stdin_handles', {}).set(stats.stdins);
}

/** Brings what jobs use and report into the metrics. */
import type { Engine } from '../engine/engine.ts';
import type { Aggregator } from '../telemetry/aggregator/aggregator.ts';
import type { WindowSummary } from '../telemetry/aggregator/period-windows.ts';
import type { JobUse, UseHistory } from '../telemetry/history/use-history.ts';
import type { Metrics, OpenGaugeName } from '../telemetry/metrics.ts';

export interface StatisticsSources {
  readonly engine: Engine;
  readonly history: UseHistory;
  readonly aggregator: Aggregator;
  /** Jobs and series that are told of by name. */
  readonly mostJobs: number;
  readonly mostSeries: number;
}

/** Copies it each time the metrics are read. Disposing ends that. */
export function publishStatistics(metrics: Metrics, sources: StatisticsSources): Disposable {
  const { engine, history, aggregator, mostJobs, mostSeries } = sources;
  const stack = new DisposableStack();
  stack.use(
    metrics.beforeReading(() => {
      const { size, counts } = engine.sampling;
      metrics.gauge('corex_measured_processes', {}).set(size);
      metrics.counter('corex_measurements_total', {}).raiseTo(counts.samples);
      metrics.counter('corex_measurements_skipped_total', {}).raiseTo(counts.skipped);
      metrics.gauge('corex_history_points', {}).set(history.points);
      metrics.gauge('corex_series', {}).set(aggregator.size);
      metrics.counter('corex_series_values_total', {}).raiseTo(aggregator.counts.values);
      metrics.counter('corex_series_dropped_total', {}).raiseTo(aggregator.counts.dropped);
      metrics.counter('corex_statistics_malformed_total', {}).raiseTo(engine.counts.malformedStatistics);
      if (mostJobs > 0) publishJobs(metrics, [...history.live], mostJobs);
    }),
  );
  for (const [name, valueOf] of Object.entries(REPORTED)) {
    const rows = () =>
      newestWindows(aggregator, mostSeries).map(([labels, window]) => [labels, valueOf(window)] as const);
    stack.use(metrics.tell(name as OpenGaugeName, rows));
  }
  return stack;
}

function publishJobs(metrics: Metrics, jobs: readonly JobUse[], most: number): void {
  const shown = jobs.toSorted((a, b) => b.last.cpu - a.last.cpu).slice(0, most);
  const rows = (value: (job: JobUse) => number) =>
    shown.map((job) => [{ job: job.id, command: job.command }, value(job)] as const);
  metrics.replace(
    'corex_job_cpu_cores',
    rows(({ last }) => last.cpu / 100),
  );
  metrics.replace(
    'corex_job_resident_bytes',
    rows(({ last }) => last.rss),
  );
  metrics.replace(
    'corex_job_virtual_bytes',
    rows(({ last }) => last.vms),
  );
  metrics.replace(
    'corex_job_swap_bytes',
    rows(({ last }) => last.swap),
  );
  metrics.replace(
    'corex_job_processes',
    rows(({ last }) => last.processes),
  );
}

const REPORTED = {
  corex_reported_average: ({ average }) => average,
  corex_reported_max: ({ max }) => max,
  corex_reported_sum: ({ total }) => total,
  corex_reported_values: ({ count }) => count,
} as const satisfies Record<OpenGaugeName, (window: WindowSummary) => number>;

/** Of each series and period the window that goes on, or the last one when that has no value yet. */
function* newestWindows(
  aggregator: Aggregator,
  most: number,
): Generator<readonly [Record<string, string>, WindowSummary]> {
  let told = 0;
  for (const { name, periods } of aggregator.query()) {
    if (told === most) return;
    told += 1;
    const tags = Object.fromEntries(Object.entries(name.tags).map(([tag, value]) => [`tag_${tag}`, value]));
    for (const { periodMs, current, history } of periods) {
      const window = current ?? history.at(-1);
      if (window === undefined) continue;
      const { key, id, operation } = name;
      yield [{ ...tags, key, id, operation, window: String(periodMs / 1000) }, window];
    }
  }
}

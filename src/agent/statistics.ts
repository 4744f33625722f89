/** Keeps what jobs use and report, and lets built-ins and metrics tell it. */
import type { Handler } from '../engine/handlers.ts';
import type { StatisticsAccess } from '../engine/statistics-access.ts';
import type { SeriesInfo, UseInfo, WindowInfo } from '../protocol/statistics-info.ts';
import { Aggregator } from '../telemetry/aggregator/aggregator.ts';
import type { WindowSummary } from '../telemetry/aggregator/period-windows.ts';
import type { Series } from '../telemetry/aggregator/series.ts';
import { UseHistory } from '../telemetry/history/use-history.ts';
import type { UsePoint } from '../telemetry/history/use-series.ts';
import type { MakePart } from './agent-part.ts';
import { publishStatistics } from './publish-statistics.ts';

export const statistics: MakePart = ({ config, engine, clock, logger, metrics, offer }) => {
  const { settled, series, jobMetrics, seriesMetrics } = config().statistics;
  const stack = new DisposableStack();
  const history = new UseHistory({ mostSettled: settled });
  const aggregator = stack.use(
    new Aggregator({
      clock,
      mostSeries: series,
      onDropped: (dropped) => {
        logger.warn({ dropped, most: series }, 'Series of values that jobs report were dropped: there are too many');
      },
    }),
  );
  return {
    register: () => {
      stack.use(engine.addHandler(listen(history, aggregator)));
      offer({ statistics: access(history, aggregator) });
      const sources = { engine, history, aggregator, mostJobs: jobMetrics, mostSeries: seriesMetrics };
      stack.use(publishStatistics(metrics, sources));
    },
    close: () => {
      stack.dispose();
    },
  };
};

function listen(history: UseHistory, aggregator: Aggregator): Handler {
  return {
    name: 'statistics',
    measured: ({ id, command }, sample) => {
      history.add(id, command.name, sample);
    },
    result: ({ id }) => {
      history.settle(id);
    },
    stats: (job, sample, at) => {
      aggregator.add({ ...sample, id: sample.id ?? job.id }, at);
    },
  };
}

function access(history: UseHistory, aggregator: Aggregator): StatisticsAccess {
  return {
    use: (id, { since, points }) => {
      const use = history.get(id);
      if (use === undefined) return undefined;
      const asked = { ...(since === undefined ? {} : { since }), ...(points === undefined ? {} : { most: points }) };
      return { samples: use.series.read(asked).map(useInfo), totals: useInfo(use.total) };
    },
    series: ({ limit, ...filter }) => {
      const found: SeriesInfo[] = [];
      let total = 0;
      for (const series of aggregator.query(filter)) {
        total += 1;
        if (found.length < limit) found.push(seriesInfo(series));
      }
      return { series: found, total, dropped: aggregator.counts.dropped };
    },
  };
}

/** Tenths of a percent of processor and whole bytes are all that was measured. */
function useInfo(point: UsePoint): UseInfo {
  const tenths = (value: number): number => Math.round(value * 10) / 10;
  return {
    time: point.time,
    samples: point.samples,
    cpu: tenths(point.cpu),
    cpu_max: tenths(point.cpuMax),
    rss: Math.round(point.rss),
    rss_max: Math.round(point.rssMax),
    vms: Math.round(point.vms),
    swap: Math.round(point.swap),
    processes: tenths(point.processes),
  };
}

function seriesInfo({ name, last, periods }: Series): SeriesInfo {
  const seconds = periods.map((period) => [String(period.periodMs / 1000), period] as const);
  return {
    key: name.key,
    id: name.id,
    op: name.operation,
    tags: name.tags,
    last_value: last.value,
    last_time: last.at,
    current: Object.fromEntries(
      seconds.flatMap(([period, { current }]) => (current === undefined ? [] : [[period, windowInfo(current)]])),
    ),
    history: Object.fromEntries(seconds.map(([period, { history }]) => [period, history.map(windowInfo)])),
  };
}

function windowInfo({ start, count, total, average, max }: WindowSummary): WindowInfo {
  return { start, count, total, avg: average, max };
}

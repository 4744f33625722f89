/** The section of what is kept and told of what jobs use and report. */
import * as z from 'zod';

export const StatisticsSection = z.strictObject({
  settled: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('Settled jobs whose history of use is kept; it goes before that of live ones when room is short.'),
  series: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Series of values that jobs report; beyond, the one that was silent for longest goes.'),
  job_metrics: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe('Jobs whose own use is in the metrics, those that use most processor time first. Default: none.'),
  series_metrics: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('Series of reported values that are in the metrics, those with the newest values first.'),
});

export interface StatisticsConfig {
  readonly settled: number;
  readonly series: number;
  readonly jobMetrics: number;
  readonly seriesMetrics: number;
}

export function statisticsConfig(section: z.infer<typeof StatisticsSection>): StatisticsConfig {
  const { settled, series, job_metrics: jobMetrics, series_metrics: seriesMetrics } = section;
  return { settled, series, jobMetrics, seriesMetrics };
}

/** The metrics of the agent, as OpenTelemetry has them: the same numbers that Prometheus reads. */
import { ValueType, type HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { MetricReading } from '../prometheus-metrics.ts';

/** `startedAt`: when counting began; wall clock, milliseconds. Kinds of metrics that have no like are left out. */
export function metricDataOf(readings: readonly MetricReading[], startedAt: number, now: number): MetricData[] {
  return readings.flatMap((reading) => {
    const data = dataOf(reading, hrTime(startedAt), hrTime(now));
    return data === undefined || data.dataPoints.length === 0 ? [] : [data];
  });
}

function dataOf(reading: MetricReading, startTime: HrTime, endTime: HrTime): MetricData | undefined {
  const { name, help, type, values } = reading;
  const base = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = values.map(({ labels, value }) => ({ startTime, endTime, attributes: attributesOf(labels), value }));
  switch (type) {
    case 'counter':
      return { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points };
    case 'gauge':
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: points };
    case 'histogram':
      return {
        ...base,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: histogramPoints(reading, startTime, endTime),
      };
    default:
      return undefined;
  }
}

type HistogramPoint = Extract<MetricData, { dataPointType: DataPointType.HISTOGRAM }>['dataPoints'][number];

/** Prometheus has a row for each bound that counts all below it; here each range is counted alone. */
function histogramPoints({ name, values }: MetricReading, startTime: HrTime, endTime: HrTime): HistogramPoint[] {
  const rows = Map.groupBy(values, ({ labels }) => JSON.stringify(attributesOf({ ...labels, le: undefined })));
  return [...rows.values()].map((own) => {
    const buckets = own.filter(({ metricName }) => metricName === `${name}_bucket`);
    const finite = buckets.filter(({ labels }) => labels['le'] !== '+Inf');
    const count = own.find(({ metricName }) => metricName === `${name}_count`)?.value ?? 0;
    const upTo = [...finite.map(({ value }) => value), count];
    return {
      startTime,
      endTime,
      attributes: attributesOf({ ...own[0]?.labels, le: undefined }),
      value: {
        buckets: {
          boundaries: finite.map(({ labels }) => Number(labels['le'])),
          counts: upTo.map((value, at) => value - (upTo[at - 1] ?? 0)),
        },
        sum: own.find(({ metricName }) => metricName === `${name}_sum`)?.value ?? 0,
        count,
      },
    };
  });
}

function attributesOf(labels: MetricReading['values'][number]['labels']): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Names tell their unit, as is the way of Prometheus. */
function unitOf(name: string): string {
  const plain = name.replace(/_total$/, '');
  if (plain.endsWith('_seconds')) return 's';
  return plain.endsWith('_bytes') ? 'By' : '1';
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** What the rest of corex needs of measurements. */
import type { COUNTERS, GAUGES, HISTOGRAMS, OPEN_GAUGES } from './metric-names.ts';

/** The labels a metric of a table must be given, all of them. */
type LabelsIn<Table, Name extends keyof Table> = Table[Name] extends {
  readonly labels: readonly (infer Label extends string)[];
}
  ? Readonly<Record<Label, string>>
  : never;

export type CounterName = keyof typeof COUNTERS;
export type GaugeName = keyof typeof GAUGES;
export type HistogramName = keyof typeof HISTOGRAMS;
export type OpenGaugeName = keyof typeof OPEN_GAUGES;

export type CounterLabels<Name extends CounterName> = LabelsIn<typeof COUNTERS, Name>;
export type GaugeLabels<Name extends GaugeName> = LabelsIn<typeof GAUGES, Name>;
export type HistogramLabels<Name extends HistogramName> = LabelsIn<typeof HISTOGRAMS, Name>;

/** A number that only grows. */
export interface Counter {
  add(by?: number): void;
  /** For those who keep the number themselves: it is now this. A smaller one than before changes nothing. */
  raiseTo(total: number): void;
}

/** A number as it is now. */
export interface Gauge {
  set(value: number): void;
}

/** How often a value fell into which range. */
export interface Histogram {
  observe(value: number): void;
}

export interface Metrics {
  counter<Name extends CounterName>(name: Name, labels: CounterLabels<Name>): Counter;
  gauge<Name extends GaugeName>(name: Name, labels: GaugeLabels<Name>): Gauge;
  histogram<Name extends HistogramName>(name: Name, labels: HistogramLabels<Name>): Histogram;
  /** Sets a gauge for these labels and forgets it for all others. */
  replace<Name extends GaugeName>(name: Name, rows: Iterable<readonly [GaugeLabels<Name>, number]>): void;
  /** The rows of a gauge with labels of any name, asked for each time the metrics are read, until this is disposed of. */
  tell(name: OpenGaugeName, rows: () => Iterable<readonly [Readonly<Record<string, string>>, number]>): Disposable;
  /** Calls `update` each time before the metrics are read, so that what is kept elsewhere is only copied then. */
  beforeReading(update: () => void): Disposable;
}

const nothing = { add: () => undefined, raiseTo: () => undefined, set: () => undefined, observe: () => undefined };

/** Measures nothing. */
export const silentMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
  replace: () => undefined,
  tell: () => ({ [Symbol.dispose]: () => undefined }),
  beforeReading: () => ({ [Symbol.dispose]: () => undefined }),
};

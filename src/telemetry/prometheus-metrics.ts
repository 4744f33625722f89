import * as prometheus from 'prom-client';
import { COUNTERS, GAUGES, HISTOGRAMS, OPEN_GAUGES, type MetricDefinition } from './metric-names.ts';
import type { Counter, Gauge, Histogram, Metrics, OpenGaugeName } from './metrics.ts';
import { OpenGauge, type LabelledRow } from './open-gauge.ts';

export interface PrometheusOptions {
  /** Measure this process too: memory, processor, event loop, garbage collection. Default true. */
  readonly processMetrics?: boolean;
}

/** A metric as it is now. */
export interface MetricReading {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram`, `summary`. */
  readonly type: string;
  /** Those of a histogram have names of their own: `_bucket` with a label `le`, `_sum`, `_count`. */
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
    readonly metricName?: string;
  }[];
}

/** How exactly the event loop's delay is measured. Finer would wake an idle agent more often. */
const EVENT_LOOP_PRECISION_MS = 100;

/** {@link Metrics} in a registry of its own, written out as Prometheus text. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new prometheus.Registry();
  readonly #counters = new Map<string, prometheus.Counter>();
  readonly #gauges = new Map<string, prometheus.Gauge>();
  readonly #histograms = new Map<string, prometheus.Histogram>();
  readonly #handles = new Map<string, Counter>();
  readonly #updates = new Set<() => void>();

  constructor({ processMetrics = true }: PrometheusOptions = {}) {
    for (const [name, row] of Object.entries(COUNTERS)) {
      this.#counters.set(name, new prometheus.Counter(this.#configuration(name, row)));
    }
    for (const [name, row] of Object.entries(GAUGES)) {
      this.#gauges.set(name, new prometheus.Gauge(this.#configuration(name, row)));
    }
    for (const [name, row] of Object.entries(HISTOGRAMS)) {
      const configuration = { ...this.#configuration(name, row), buckets: [...row.buckets] };
      this.#histograms.set(name, new prometheus.Histogram(configuration));
    }
    if (!processMetrics) return;
    prometheus.collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
    });
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(name: string, labels: Readonly<Record<string, string>>): Counter {
    const key = JSON.stringify([name, ...Object.entries(labels).sort(byName).flat()]);
    const known = this.#handles.get(key);
    if (known !== undefined) return known;
    const handle = new CounterHandle(of(this.#counters, name).labels(labels));
    this.#handles.set(key, handle);
    return handle;
  }

  gauge(name: string, labels: Readonly<Record<string, string>>): Gauge {
    return of(this.#gauges, name).labels(labels);
  }

  histogram(name: string, labels: Readonly<Record<string, string>>): Histogram {
    return of(this.#histograms, name).labels(labels);
  }

  replace(name: string, rows: Iterable<readonly [Readonly<Record<string, string>>, number]>): void {
    const gauge = of(this.#gauges, name);
    gauge.reset();
    for (const [labels, value] of rows) gauge.set(labels, value);
  }

  beforeReading(update: () => void): Disposable {
    this.#updates.add(update);
    return { [Symbol.dispose]: () => void this.#updates.delete(update) };
  }

  tell(name: OpenGaugeName, rows: () => Iterable<LabelledRow>): Disposable {
    const gauge = new OpenGauge(name, helpOf(OPEN_GAUGES[name]), rows);
    this.#registry.registerMetric(gauge.asMetric());
    return { [Symbol.dispose]: () => this.#registry.removeSingleMetric(name) };
  }

  /** All metrics as Prometheus text, up to date. */
  async text(): Promise<string> {
    for (const update of this.#updates) update();
    return await this.#registry.metrics();
  }

  /** All metrics with their values, up to date. */
  async read(): Promise<MetricReading[]> {
    for (const update of this.#updates) update();
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.map(({ name, help, type, values }) => ({ name, help, type: String(type), values }));
  }

  #configuration(name: string, row: MetricDefinition) {
    return { name, help: helpOf(row), labelNames: row.labels, registers: [this.#registry] };
  }
}

class CounterHandle implements Counter {
  readonly #inner: prometheus.Counter.Internal;
  #total = 0;

  constructor(inner: prometheus.Counter.Internal) {
    this.#inner = inner;
    this.#inner.inc(0);
  }

  add(by = 1): void {
    this.#total += by;
    this.#inner.inc(by);
  }

  raiseTo(total: number): void {
    if (total > this.#total) this.add(total - this.#total);
  }
}

function helpOf({ meaning }: MetricDefinition): string {
  return meaning.replace(/\.$/, '');
}

function of<Metric>(metrics: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = metrics.get(name);
  if (metric === undefined) throw new TypeError(`Cannot measure "${name}": it is in no table`);
  return metric;
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}

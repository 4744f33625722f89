import type * as prometheus from 'prom-client';

/** The labels and the value of one row. */
export type LabelledRow = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What Prometheus takes for the name of a label. */
const NOT_IN_NAMES = /[^a-zA-Z0-9_]/g;

/** A gauge whose labels are not known before it is read: a registry only wants to be told its values. */
export class OpenGauge {
  readonly name: string;
  readonly help: string;
  readonly type = 'gauge';
  readonly #rows: () => Iterable<LabelledRow>;

  constructor(name: string, help: string, rows: () => Iterable<LabelledRow>) {
    this.name = name;
    this.help = help;
    this.#rows = rows;
  }

  get(): Promise<{ name: string; help: string; type: string; values: object[] }> {
    const values = Array.from(this.#rows(), ([labels, value]) => ({ labels: plainNames(labels), value }));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values });
  }

  reset(): void {
    // Nothing is kept.
  }

  /** The library takes whatever has these members, but its types name its own classes. */
  asMetric(): prometheus.Metric {
    return this as unknown as prometheus.Metric;
  }
}

function plainNames(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replace(NOT_IN_NAMES, '_'), value]));
}

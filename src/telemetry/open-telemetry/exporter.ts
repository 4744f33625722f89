/** Hands spans and metrics to a collector. Loaded only when there is one: nothing else knows the libraries of OpenTelemetry. */
import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { MetricReading } from '../prometheus-metrics.ts';
import { metricDataOf } from './metric-data.ts';
import type { OpenTelemetrySettings, SignalSettings } from './settings.ts';
import type { Span } from './span.ts';

export interface ExporterOptions {
  readonly settings: OpenTelemetrySettings;
  /** Of corex. */
  readonly version: string;
  /** All metrics as they are now. */
  readonly readMetrics: () => Promise<readonly MetricReading[]>;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  /** Told when the collector does not take what it is given, and when it does again (undefined). */
  readonly onTrouble: (why: string | undefined) => void;
}

/** Spans by what became of them. Numbers only grow. */
export interface SpanCounts {
  exported: number;
  /** The collector did not take them. */
  failed: number;
  /** There were too many. */
  dropped: number;
}

const SCOPE = 'corex';

/** What may take at most so long takes no longer, milliseconds: a batch that is not taken by then is given up. */
const EXPORT_MS = 30_000;

/** How an export ended. The libraries each have their own word for it, of the same form. */
interface ExportResult {
  readonly code: number;
  readonly error?: Error | undefined;
}

type Done = (result: ExportResult) => void;

export class OpenTelemetryExporter {
  readonly counts: SpanCounts = { exported: 0, failed: 0, dropped: 0 };
  readonly #options: ExporterOptions;
  readonly #resource: Resource;
  readonly #spans: BatchSpanProcessor | undefined;
  readonly #metrics: MeterProvider | undefined;
  /** Spans the collector has not answered for. */
  #outstanding = 0;
  #isInTrouble = false;

  constructor(options: ExporterOptions) {
    const { settings, version } = options;
    this.#options = options;
    this.#resource = resourceFromAttributes({ 'service.version': version, ...settings.resource });
    this.#spans = settings.traces === undefined ? undefined : this.#openSpans(settings.traces);
    this.#metrics = settings.metrics === undefined ? undefined : this.#openMetrics(settings.metrics);
  }

  /** Takes a span; costs a few microseconds. Dropped when the collector is too slow for all of them. */
  add(span: Span): void {
    if (this.#spans === undefined) return;
    if (this.#outstanding >= this.#options.settings.mostSpans) {
      this.counts.dropped += 1;
      return;
    }
    this.#outstanding += 1;
    this.#spans.onEnd(readable(span, this.#resource, this.#options.version));
  }

  /** Hands over what is left. Never rejects; may take as long as the collector does. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#spans?.shutdown(), this.#metrics?.shutdown()]);
  }

  #openSpans(signal: SignalSettings): BatchSpanProcessor {
    const { mostSpans, spansAtOnce, spansEveryMs } = this.#options.settings;
    const inner = new OTLPTraceExporter(connectionOf(signal));
    const exporter: SpanExporter = {
      export: (spans, done) => {
        inner.export(spans, (result: ExportResult) => {
          this.#outstanding -= spans.length;
          this.counts[isSuccess(result) ? 'exported' : 'failed'] += spans.length;
          this.#heard(result);
          (done as Done)(result);
        });
      },
      shutdown: () => inner.shutdown(),
    };
    return new BatchSpanProcessor({
      exporter,
      maxQueueSize: mostSpans,
      maxExportBatchSize: spansAtOnce,
      scheduledDelayMillis: spansEveryMs,
      exportTimeoutMillis: EXPORT_MS,
    });
  }

  #openMetrics(signal: SignalSettings): MeterProvider {
    const { settings, version, readMetrics, now } = this.#options;
    const startedAt = now();
    const exporter = new OTLPMetricExporter(connectionOf(signal));
    const send = exporter.export.bind(exporter);
    exporter.export = (metrics, done) => {
      send(metrics, (result: ExportResult) => {
        this.#heard(result);
        (done as Done)(result);
      });
    };
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: settings.metricsEveryMs,
      exportTimeoutMillis: Math.min(EXPORT_MS, settings.metricsEveryMs),
      metricProducers: [
        {
          collect: async () => ({
            resourceMetrics: {
              resource: this.#resource,
              scopeMetrics: [
                { scope: { name: SCOPE, version }, metrics: metricDataOf(await readMetrics(), startedAt, now()) },
              ],
            },
            errors: [],
          }),
        },
      ],
    });
    return new MeterProvider({ resource: this.#resource, readers: [reader] });
  }

  #heard(result: ExportResult): void {
    const isInTrouble = !isSuccess(result);
    if (isInTrouble === this.#isInTrouble) return;
    this.#isInTrouble = isInTrouble;
    this.#options.onTrouble(isInTrouble ? (result.error?.message ?? 'it says no') : undefined);
  }
}

/** `ExportResultCode.SUCCESS`, which a library of theirs has that is not ours to import. */
const SUCCESS = 0;

function isSuccess({ code }: ExportResult): boolean {
  return code === SUCCESS;
}

function connectionOf({ url, headers, timeoutMs }: SignalSettings) {
  // No connection outlives its request: nothing is left open when the agent ends.
  return { url, headers: { ...headers }, timeoutMillis: timeoutMs, keepAlive: false };
}

function readable(span: Span, resource: Resource, version: string): ReadableSpan {
  const { traceId, spanId, parentSpanId, startedAt, endedAt, error } = span;
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  const attributes = Object.entries(span.attributes).filter(([, value]) => value !== undefined);
  return {
    name: span.name,
    kind: span.kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parentSpanId === undefined
      ? {}
      : {
          parentSpanContext: {
            traceId,
            spanId: parentSpanId,
            traceFlags: TraceFlags.SAMPLED,
            isRemote: span.isParentRemote ?? false,
          },
        }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(Math.max(0, endedAt - startedAt)),
    status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    attributes: Object.fromEntries(attributes),
    links: [],
    events: (span.events ?? []).map(({ name, at }) => ({ name, time: hrTime(at) })),
    ended: true,
    resource,
    instrumentationScope: { name: SCOPE, version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

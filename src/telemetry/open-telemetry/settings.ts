/** What the standard environment variables of OpenTelemetry ask for. */
import { sampleBy, type Sampler } from './sampler.ts';

/** Where one signal goes. */
export interface SignalSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface OpenTelemetrySettings {
  readonly traces: SignalSettings | undefined;
  readonly metrics: SignalSettings | undefined;
  /** What tells this agent from others, by the names of OpenTelemetry. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
  /** Spans that wait for the collector at most, and how many go at a time, how often, milliseconds. */
  readonly mostSpans: number;
  readonly spansAtOnce: number;
  readonly spansEveryMs: number;
  readonly metricsEveryMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PROTOCOL = 'http/protobuf';
const SIGNALS = ['traces', 'metrics'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Reads the variables. `settings` is undefined when nothing is to be exported; `troubles` says in a sentence each what
 * can't be done as asked, and what would be right.
 */
export function readOpenTelemetrySettings(env: Environment): {
  readonly settings: OpenTelemetrySettings | undefined;
  readonly troubles: readonly string[];
} {
  const troubles: string[] = [];
  if (textOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { settings: undefined, troubles };
  const [traces, metrics] = SIGNALS.map((signal) => signalSettings(signal, env, troubles));
  if (traces === undefined && metrics === undefined) return { settings: undefined, troubles };
  const number = (name: string, otherwise: number): number => numberOf(env, name, otherwise, troubles);
  const mostSpans = number('OTEL_BSP_MAX_QUEUE_SIZE', 2048);
  const settings: OpenTelemetrySettings = {
    traces,
    metrics,
    resource: resourceOf(env, troubles),
    sampler: samplerOf(env, troubles),
    mostSpans,
    spansAtOnce: Math.min(mostSpans, number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    spansEveryMs: number('OTEL_BSP_SCHEDULE_DELAY', 5000),
    metricsEveryMs: number('OTEL_METRIC_EXPORT_INTERVAL', 60_000),
  };
  return { settings, troubles };
}

function signalSettings(signal: Signal, env: Environment, troubles: string[]): SignalSettings | undefined {
  const name = signal.toUpperCase();
  const of = (what: string): string | undefined =>
    textOf(env, `OTEL_EXPORTER_OTLP_${name}_${what}`) ?? textOf(env, `OTEL_EXPORTER_OTLP_${what}`);
  const own = textOf(env, `OTEL_EXPORTER_OTLP_${name}_ENDPOINT`);
  const common = textOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const text = own ?? (common === undefined ? undefined : `${common.replace(/\/+$/, '')}/v1/${signal}`);
  if (text === undefined) return undefined;
  const exporters = (textOf(env, `OTEL_${name}_EXPORTER`) ?? 'otlp').split(',').map((word) => word.trim());
  if (!exporters.includes('otlp')) {
    const unknown = exporters.find((word) => word !== 'none');
    if (unknown !== undefined) {
      troubles.push(`Cannot export ${signal} by "${unknown}" (OTEL_${name}_EXPORTER): "otlp" and "none" are known`);
    }
    return undefined;
  }
  const protocol = of('PROTOCOL') ?? PROTOCOL;
  if (protocol !== PROTOCOL) {
    troubles.push(
      `Cannot export ${signal} by the protocol "${protocol}" (OTEL_EXPORTER_OTLP_PROTOCOL): only "${PROTOCOL}" is known`,
    );
    return undefined;
  }
  const url = urlOf(text);
  if (url === undefined) {
    troubles.push(`Cannot export ${signal} to "${text}": it is no URL such as "http://127.0.0.1:4318"`);
    return undefined;
  }
  const timeoutMs = numberOf(
    env,
    `OTEL_EXPORTER_OTLP_${name}_TIMEOUT`,
    numberOf(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, troubles),
    troubles,
  );
  const headers = {
    ...pairsOf(env, 'OTEL_EXPORTER_OTLP_HEADERS', troubles),
    ...pairsOf(env, `OTEL_EXPORTER_OTLP_${name}_HEADERS`, troubles),
  };
  return { url, headers, timeoutMs };
}

function resourceOf(env: Environment, troubles: string[]): Record<string, string> {
  const service = textOf(env, 'OTEL_SERVICE_NAME');
  return {
    'service.name': 'corex',
    ...pairsOf(env, 'OTEL_RESOURCE_ATTRIBUTES', troubles),
    ...(service === undefined ? {} : { 'service.name': service }),
  };
}

function samplerOf(env: Environment, troubles: string[]): Sampler {
  const name = textOf(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const argument = textOf(env, 'OTEL_TRACES_SAMPLER_ARG');
  const sampler = sampleBy(name, argument);
  if (typeof sampler !== 'string') return sampler;
  troubles.push(sampler);
  return sampleBy('parentbased_always_on') as Sampler;
}

function textOf(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function urlOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}

function numberOf(env: Environment, name: string, otherwise: number, troubles: string[]): number {
  const text = textOf(env, name);
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  const trouble = `Cannot use "${text}" as ${name}: a whole number above 0 is wanted, ${String(otherwise)} is used`;
  if (!troubles.includes(trouble)) troubles.push(trouble);
  return otherwise;
}

/** `name=value,name=value`, values percent-encoded. */
function pairsOf(env: Environment, name: string, troubles: string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of (textOf(env, name) ?? '').split(',').filter((text) => text.trim() !== '')) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, equals).trim();
    const value = decoded(pair.slice(equals + 1).trim());
    if (equals === -1 || key === '' || value === undefined) {
      // Its contents may be a secret.
      const trouble = `Cannot read all of ${name}: "name=value" pairs are wanted, separated by commas and percent-encoded`;
      if (!troubles.includes(trouble)) troubles.push(trouble);
    } else {
      pairs[key] = value;
    }
  }
  return pairs;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

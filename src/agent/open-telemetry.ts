/** Hands traces and metrics to a collector, when the environment names one. */
import { inTime } from '../base/in-time.ts';
import { keepsSecrets, type Logger } from '../telemetry/logger.ts';
import type { OpenTelemetryExporter } from '../telemetry/open-telemetry/exporter.ts';
import { readOpenTelemetrySettings, type OpenTelemetrySettings } from '../telemetry/open-telemetry/settings.ts';
import type { AgentWorld, MakePart } from './agent-part.ts';
import { traceCommands } from './trace-commands.ts';
import { AGENT_VERSION } from './version.ts';

/** A collector that does not answer must not keep the agent from ending, milliseconds. */
const CLOSE_MS = 2_000;

export const openTelemetry: MakePart = (world) => {
  const stack = new AsyncDisposableStack();
  return {
    register: async () => {
      const { settings, troubles } = readOpenTelemetrySettings(world.environment);
      for (const trouble of troubles) world.logger.error({ trouble }, 'OpenTelemetry can not be used as asked');
      const none = { exported: 0, failed: 0, dropped: 0 };
      const exporter = settings === undefined ? undefined : await begin(settings, world, stack);
      stack.use(world.metrics.beforeReading(() => countSpans(world, exporter?.counts ?? none)));
    },
    close: () => stack.disposeAsync(),
  };
};

async function begin(
  settings: OpenTelemetrySettings,
  world: AgentWorld,
  stack: AsyncDisposableStack,
): Promise<OpenTelemetryExporter> {
  const { agent, engine, clock, logger, metrics } = world;
  hideHeaders(settings, logger);
  const { OpenTelemetryExporter: Exporter } = await import('../telemetry/open-telemetry/exporter.ts');
  const resource = { 'service.instance.id': agent.name, ...settings.resource };
  const exporter = new Exporter({
    settings: { ...settings, resource },
    version: AGENT_VERSION,
    readMetrics: () => metrics.read(),
    now: () => clock.now(),
    onTrouble: (why) => {
      if (why === undefined) logger.info({}, 'The collector of OpenTelemetry takes what it is given again');
      else logger.warn({ why }, 'The collector of OpenTelemetry does not take what it is given');
    },
  });
  stack.defer(() => inTime(clock, CLOSE_MS, exporter.close(), undefined));
  if (settings.traces === undefined) return exporter;
  const { sampler } = settings;
  const now = () => clock.now();
  stack.use(engine.addHandler(traceCommands({ sampler, now, add: (span) => exporter.add(span) })));
  return exporter;
}

function countSpans({ metrics }: AgentWorld, counts: OpenTelemetryExporter['counts']): void {
  for (const outcome of ['exported', 'failed', 'dropped'] as const) {
    metrics.counter('corex_spans_total', { outcome }).raiseTo(counts[outcome]);
  }
}

/** Most headers are there to let us in. */
function hideHeaders({ traces, metrics }: OpenTelemetrySettings, logger: Logger): void {
  if (!keepsSecrets(logger)) return;
  for (const signal of [traces, metrics]) {
    for (const value of Object.values(signal?.headers ?? {})) logger.secrets.add(value);
  }
}

/** Brings what is known of resources and controllers into the metrics. */
import type { Metrics } from '../../telemetry/metrics.ts';
import type { MakePart } from '../agent-part.ts';
import type { AgentResources } from './agent-resources.ts';

/** Kinds that are shown: clients may make any number of them. */
const MOST_KINDS = 200;

export const publishResources: MakePart = ({ metrics, resources }) => {
  const stack = new DisposableStack();
  return {
    register: () => {
      stack.use(
        metrics.beforeReading(() => {
          copyResources(metrics, resources);
          copyControllers(metrics, resources);
        }),
      );
    },
    close: () => {
      stack.dispose();
    },
  };
};

function copyResources(metrics: Metrics, resources: AgentResources): void {
  const { kinds, watches, events } = resources.figures();
  for (const type of ['created', 'updated', 'destroyed'] as const) {
    metrics.counter('corex_resource_events_total', { type }).raiseTo(events[type]);
  }
  const shown = kinds.toSorted((one, other) => other.count - one.count).slice(0, MOST_KINDS);
  metrics.replace(
    'corex_resources',
    shown.map(({ namespace, type, count }) => [{ namespace, type }, count] as const),
  );
  metrics.gauge('corex_resource_watches', {}).set(watches);
}

function copyControllers(metrics: Metrics, { runtime }: AgentResources): void {
  const counts = Object.entries(runtime.counts());
  for (const [controller, count] of counts) {
    const labels = { controller };
    metrics.counter('corex_controller_wakeups_total', labels).raiseTo(count.wakeups);
    metrics.counter('corex_controller_crashes_total', labels).raiseTo(count.crashes);
    metrics.counter('corex_controller_reads_total', labels).raiseTo(count.reads);
    metrics.counter('corex_controller_writes_total', labels).raiseTo(count.writes);
    metrics.counter('corex_controller_reconciled_total', labels).raiseTo(count.processed);
    metrics.counter('corex_controller_rounds_total', labels).raiseTo(count.rounds);
    metrics.counter('corex_controller_round_inputs_total', labels).raiseTo(count.roundInputs);
    metrics.counter('corex_controller_requeues_total', labels).raiseTo(count.requeues);
    metrics
      .counter('corex_controller_busy_seconds_total', labels)
      .raiseTo((count.reconcileBusy + count.mapBusy) / 1_000);
  }
  metrics.replace(
    'corex_controller_queue_length',
    counts.map(([controller, { queueLength }]) => [{ controller }, queueLength] as const),
  );
  metrics.counter('corex_controllers_restarted_total', {}).raiseTo(runtime.failures);
}

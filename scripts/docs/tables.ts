/** Pages that are one table each: errors, levels, metrics, layers. */
import { layers } from '../../layers.js';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { LEVELS, isResultLevel } from '../../src/protocol/levels.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, OPEN_GAUGES, type MetricDefinition } from '../../src/telemetry/metric-names.ts';
import { code, page, sentence, table } from './markdown.ts';

export function errorsPage(): string {
  return page(
    'Error codes',
    'The `code` of an `error` frame and of a result’s `error`; the number is the result’s own `code`. Match on the name. ' +
      'Where a retry can help, the same request may work later, unchanged.',
    table(
      ['name', 'number', 'retry', 'meaning'],
      Object.entries(ERROR_CODES).map(([name, { number, retryable, meaning }]) => [
        code(name),
        String(number),
        retryable ? 'can help' : '–',
        sentence(meaning),
      ]),
    ),
  );
}

export function levelsPage(): string {
  return page(
    'Levels of messages',
    'A process says a message of a level by a line such as `7::disk is nearly full`; see the page on messages. Levels are 0 to 255; ' +
      'those without a row are passed on as they are.',
    table(
      ['level', 'name', 'meaning', 'becomes `data`'],
      Object.entries(LEVELS).map(([level, { name, meaning }]) => [
        level,
        name,
        sentence(meaning),
        isResultLevel(Number(level)) ? 'the last one of a run' : '–',
      ]),
    ),
  );
}

export function metricsPage(): string {
  const rows = (type: string, definitions: Readonly<Record<string, MetricDefinition>>): string[][] =>
    Object.entries(definitions).map(([name, { unit, labels, meaning }]) => [
      code(name),
      type,
      unit,
      labels.map(code).join(', ') || '–',
      meaning,
    ]);
  return page(
    'Metrics',
    'What `/metrics` shows, as Prometheus text. Beside these there are the usual `process_*` and `nodejs_*` metrics of the agent’s own process, ' +
      'the delay of its event loop among them (`nodejs_eventloop_lag_p99_seconds`).',
    table(
      ['name', 'type', 'unit', 'labels', 'meaning'],
      [...rows('counter', COUNTERS), ...rows('gauge', { ...GAUGES, ...OPEN_GAUGES }), ...rows('histogram', HISTOGRAMS)],
    ),
  );
}

export function layersPage(): string {
  return page(
    'Layers',
    'Imports go down: a room imports from itself and from rooms on lower lines, never from one on its own line. The law is `layers.js`, the reasons are in `ARCHITECTURE.md`.',
    table(
      ['line', 'rooms'],
      layers.map((line, index) => [
        String(index + 1),
        line
          .map(({ room, only }: { room: string; only?: readonly string[] }) =>
            only === undefined ? code(room) : `${code(room)} (only ${only.map(code).join(', ')})`,
          )
          .join(' · '),
      ]),
    ),
  );
}

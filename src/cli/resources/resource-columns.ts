/** Resources as rows of a table: by the columns of their type. */
import { plainToJson } from '../../base/plain-json.ts';
import type { ResourceValue } from '../../client/resource-value.ts';
import { formatDuration } from '../durations.ts';
import type { Column } from '../table.ts';
import type { ChosenKind } from './find-type.ts';

export interface ResourceRow {
  readonly resource: ResourceValue;
  /** What happened to it, where that is told. */
  readonly event?: string;
}

export interface ColumnWishes {
  readonly wide: boolean;
  readonly hasEvents: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Columns of types are left out on a narrow terminal before those that all have, the last one first. */
const DROPPED_EARLY = 10;

/** Rows that come later are as wide as the first ones. */
const LONGEST_EVENT = 'destroyed'.length;
const LONGEST_PHASE = 'tearing-down'.length;

export function resourceColumns({ definition }: ChosenKind, wishes: ColumnWishes): Column<ResourceRow>[] {
  const { wide, hasEvents, now } = wishes;
  return [
    ...(hasEvents ? [{ title: 'EVENT', value: ({ event = '' }: ResourceRow) => event.padEnd(LONGEST_EVENT) }] : []),
    ...(wide ? [column('NAMESPACE', ({ metadata }) => metadata.namespace)] : []),
    { ...column('ID', ({ metadata }) => metadata.id), shrinkTo: 12 },
    { ...column('VERSION', ({ metadata }) => String(metadata.version)), align: 'right', dropFirst: 2 },
    {
      ...column('PHASE', ({ metadata: { phase } }) => {
        if (hasEvents) return phase.padEnd(LONGEST_PHASE);
        return phase === 'running' ? '' : phase;
      }),
      look: ({ resource }) => (resource.metadata.phase === 'running' ? undefined : 'warning'),
    },
    ...ofType(definition?.columns),
    { ...column('AGE', ({ metadata }) => age(now() - metadata.created)), align: 'right', dropFirst: 1 },
    ...(wide
      ? [
          column('OWNER', ({ metadata }) => metadata.owner),
          column('LABELS', ({ metadata }) => pairs(metadata.labels)),
          column('FINALIZERS', ({ metadata }) => metadata.finalizers.join(',')),
        ]
      : []),
  ];
}

function ofType(columns: readonly { readonly name: string; readonly path: string }[] | undefined) {
  if (columns === undefined) return [{ ...column('SPEC', ({ spec }) => cell(spec)), shrinkTo: 16 }];
  return columns.map(({ name, path }, at) => ({
    ...column(name.toUpperCase(), (resource) => cell(valueAt(resource, path.split('.')))),
    shrinkTo: 8,
    dropFirst: DROPPED_EARLY + at,
  }));
}

function column(title: string, value: (resource: ResourceValue) => string): Column<ResourceRow> {
  return { title, value: ({ resource }) => value(resource) };
}

/** What a path leads to. A name in it may have dots itself, as those of labels do: the longest that is there is meant. */
export function valueAt(value: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (let length = names.length; length > 0; length -= 1) {
    const name = names.slice(0, length).join('.');
    if (Object.hasOwn(value, name)) {
      return valueAt((value as Readonly<Record<string, unknown>>)[name], names.slice(length));
    }
  }
  return undefined;
}

function cell(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(cell).join(',');
  return JSON.stringify(plainToJson(value));
}

function pairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(',');
}

function age(ms: number): string {
  return ms < 1000 ? '0 s' : formatDuration(ms);
}

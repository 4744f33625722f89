import type { FigureOutcome } from '../figures/verdict.ts';
import { MOST_OTHERS } from '../figures/verdict.ts';
import type { ProfileOutcome, ThreadProfile } from '../profile/profile.ts';
import type { RowOutcome } from '../run-row.ts';
import type { BenchRow } from '../store.bench.ts';
import type { MachineFacts } from './machine.ts';
import { shortNumber, shortSpread, shortTarget } from './numbers.ts';
import { markdownTable } from './table.ts';

/** Everything a run found. */
export interface Findings {
  readonly facts: MachineFacts;
  /** When it began. */
  readonly date: Date;
  readonly minutes: number;
  readonly quick: boolean;
  readonly nodeFlags: readonly string[];
  readonly rows: readonly RowOutcome[];
  readonly store: readonly BenchRow[];
  readonly profiles: readonly ProfileOutcome[];
}

/** The report, in Markdown. */
export function report(findings: Findings): string {
  const { rows, store, profiles } = findings;
  return (
    [
      '# Figures',
      '<!-- Written by `npm run bench`; changes made here are lost. How it measures: docs/benchmarks.md -->',
      introduction(findings),
      ...(rows.length === 0 ? [] : ['## Against the targets', figureTable(rows), verdictLine(findings), notesOf(rows)]),
      ...(store.length === 0 ? [] : ['## The store alone', storeTable(store)]),
      ...(profiles.length === 0 ? [] : ['## Where the time goes', PROFILE_INTRODUCTION, ...profiles.map(profileTable)]),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

const PROFILE_INTRODUCTION =
  'Self time of the main threads of agent and keeper, in percent of the time each was busy, by room; with each room its costliest functions. The profiler itself costs some speed.';

function introduction({ facts, date, minutes, quick, nodeFlags }: Findings): string {
  const lines = [
    `${facts.cores} cores (${facts.processor}), ${facts.memory}, ${facts.kernel}, ${facts.fileSystem}; Node ${facts.node}; commit ${facts.commit}; ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC; ${minutes.toFixed(1)} minutes; load at the start ${facts.load}.`,
    'Again: `npm ci && npm run bench` on a machine that does nothing else.',
  ];
  if (nodeFlags.length > 0) lines.push(`Agents ran with \`${nodeFlags.join(' ')}\`.`);
  if (quick) lines.unshift('**A quick run with tiny sizes: none of these figures counts.**');
  return lines.join('\n\n');
}

/** One line a figure. */
export function figureTable(rows: readonly RowOutcome[]): string {
  const lines = rows.flatMap((outcome) =>
    outcome.failure === undefined
      ? outcome.figures.map((figure) => figureLine(figure))
      : [[outcome.row.name, `failed: ${outcome.failure}`, '', '', '', '', '']],
  );
  return markdownTable(['what', 'ours', 'bare', 'ratio', 'target', 'verdict', 'others, elsewhere'], lines);
}

function figureLine({ figure, ours, bare, ratio, verdict, because }: FigureOutcome): string[] {
  return [
    `${figure.name}, ${figure.unit}`,
    shortSpread(ours),
    bare === undefined ? '–' : shortSpread(bare),
    ratio === undefined ? '–' : shortSpread(ratio),
    shortTarget(figure.target, figure.unit),
    because === undefined ? verdict : `${verdict}: ${because}`,
    figure.peers ?? '',
  ];
}

function verdictLine({ rows }: Findings): string {
  const figures = rows.flatMap((row) => row.figures);
  const count = (verdict: string): number => figures.filter((figure) => figure.verdict === verdict).length;
  const voids = count('void');
  const failed = rows.filter((row) => row.failure !== undefined).length;
  const facts = [`${count('reached')} reached`, `${count('missed')} missed`];
  if (voids > 0) facts.push(`**${voids} void: the machine was not quiet; measure them again**`);
  if (failed > 0) facts.push(`**${failed} failed**`);
  return `${facts.join(', ')}. Medians, in brackets the smallest and largest round. The ratio is the median of the rounds’ own ratios; what counts and does not time is judged by its worst round. A figure is void when its bare figure moved more than 1.5 ×, or others used more than ${MOST_OTHERS * 100} % of the machine meanwhile. Figures elsewhere were measured by others or on other days: for orientation only.`;
}

function notesOf(rows: readonly RowOutcome[]): string {
  const lines = rows.flatMap(({ row, rounds, seconds, others, remarks }) => [
    `- **${row.name}** — ${row.does}${row.bare === undefined ? '' : ` Bare: ${row.bare}.`} ${rounds === 1 ? 'One round' : `${rounds} rounds`}, ${seconds.toFixed(0)} s; others used ${Math.round(others * 100)} % of the machine.`,
    ...[...(row.note === undefined ? [] : [row.note]), ...remarks].map((note) => `  - ${note}`),
  ]);
  return lines.join('\n');
}

function storeTable(store: readonly BenchRow[]): string {
  const lines = store.map(({ name, value, unit, note }) => [name, shortNumber(value), unit, note]);
  return markdownTable(['what', 'value', 'unit', 'note'], lines);
}

function profileTable({ name, speed, agent, keeper }: ProfileOutcome): string {
  const parts = [`### ${name}`, speed, `Agent: ${agent.threads}`, roomTable(agent)];
  if (keeper !== undefined) parts.push(`Keeper: ${keeper.threads}`);
  if (keeper !== undefined && keeper.rooms.length > 0) parts.push(roomTable(keeper));
  return parts.join('\n\n');
}

function roomTable({ rooms }: ThreadProfile): string {
  const lines = rooms.map(({ room, percent, top }) => [
    room,
    percent.toFixed(1),
    top.map((entry) => `${entry.name} ${entry.percent.toFixed(1)}`).join(' · '),
  ]);
  return markdownTable(['room', '%', 'functions'], lines);
}

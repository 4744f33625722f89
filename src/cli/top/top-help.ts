import type { TerminalSize } from '../terminal/caller-terminal.ts';
import type { Pen } from '../terminal/pen.ts';
import { TOP_COLUMNS } from './top-columns.ts';
import { FILTER_FORMS } from './top-filter.ts';

const KEY_COLUMNS = 20;

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['Up Down PgUp PgDn', 'choose a job; Home and End (g, G): the first, the last'],
  ['Enter, l', 'read its log; there: Up Down PgUp PgDn Home Left Right,'],
  ['', 'End follows, f stops that, t times, / search, n and N next'],
  ['d', 'all that is known of it'],
  ['k', 'kill it, after a question: TERM, its grace, KILL, no restart'],
  ['c', 'cancel it, after a question, if it is not running'],
  ['/', `filter: ${FILTER_FORMS}`],
  [sortKeys(), 'sort by the column that begins so; again turns it round'],
  ['< >', 'sort by the column to the left or right; r turns it round'],
  ['p', 'pause; once more goes on'],
  ['Ctrl-L', 'draw the screen again; Ctrl-Z gives it to the shell'],
  ['q, Ctrl-C', 'end'],
];

/** The keys and what they do: the lines of a whole screen but for its foot. */
export function helpLines({ columns, rows }: TerminalSize, pen: Pen): string[] {
  const lines = KEYS.map(
    ([keys, does]) =>
      pen.cell({ text: keys, columns: Math.min(columns, KEY_COLUMNS), look: 'active' }) +
      pen.cell({ text: does, columns: Math.max(0, columns - KEY_COLUMNS) }),
  );
  const all = [pen.line('Keys of corex top', columns, 'bold'), '', ...lines];
  return Array.from({ length: Math.max(1, rows - 1) }, (_, at) => all[at] ?? '');
}

/** The keys for the foot of each screen, those that matter most first. */
export const FEET = {
  list: 'q quit  Enter log  d details  k kill  c cancel  / filter  < > sort  ? help',
  log: 'q back  t times  / search  n next  f follow  End newest  Left Right aside',
  details: 'q back  Enter log  k kill  c cancel',
  help: 'q back',
} as const;

function sortKeys(): string {
  return TOP_COLUMNS.flatMap(({ key }) => (key === undefined ? [] : [key])).join(' ');
}

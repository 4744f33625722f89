/** Entries of the startup as a table. */
import { formatDuration } from '../durations.ts';
import type { Look } from '../paint.ts';
import type { Column } from '../table.ts';

/** An entry as the agent tells of it. */
export interface EntryRow {
  readonly id: string;
  readonly state: string;
  readonly why?: string;
  readonly waiting?: readonly string[];
  readonly after: readonly string[];
  readonly command: string;
  readonly since: number;
  readonly pid?: number;
  readonly runs?: number;
  readonly next?: number;
  readonly missed?: number;
  /** Missing from agents that know files only. */
  readonly from?: 'file' | 'resource';
}

/** What `startup.list` answers. */
export interface StartupAnswer {
  readonly milestones: readonly { readonly name: string; readonly reached?: number }[];
  readonly entries: readonly EntryRow[];
  readonly problems: readonly {
    readonly source: string;
    readonly message: string;
    readonly from?: 'file' | 'resource';
  }[];
}

const LOOKS: Readonly<Record<string, Look>> = {
  running: 'active',
  scheduled: 'active',
  done: 'good',
  starting: 'warning',
  restarting: 'warning',
  waiting: 'warning',
  stopping: 'warning',
  blocked: 'bad',
  failed: 'bad',
  invalid: 'bad',
};

/** `now` is milliseconds since 1970. */
export function startupColumns(now: number): Column<EntryRow>[] {
  return [
    { title: 'ENTRY', value: ({ id }) => id, shrinkTo: 12 },
    { title: 'STATE', value: ({ state }) => state, look: ({ state }) => LOOKS[state] },
    { title: 'FOR', value: ({ since }) => formatDuration(now - since), align: 'right', dropFirst: 2 },
    { title: 'PID', value: ({ pid }) => (pid === undefined ? '' : String(pid)), align: 'right', dropFirst: 4 },
    { title: 'RUNS', value: ({ runs = 1 }) => (runs > 1 ? String(runs) : ''), align: 'right', dropFirst: 3 },
    { title: 'FROM', value: ({ from }) => (from === 'resource' ? from : ''), dropFirst: 6 },
    { title: 'AFTER', value: ({ after }) => after.join(' '), shrinkTo: 8, dropFirst: 5 },
    { title: 'WHY', value: (row) => whyText(row, now), shrinkTo: 16 },
    { title: 'COMMAND', value: ({ command }) => command, shrinkTo: 12, dropFirst: 1 },
  ];
}

function whyText({ why, state, waiting = [], next, missed = 0 }: EntryRow, now: number): string {
  const texts = [
    why ?? (state === 'waiting' && waiting.length > 0 ? `for ${waiting.join(', ')}` : undefined),
    next === undefined ? undefined : `next in ${formatDuration(next - now)}`,
    missed === 0 ? undefined : `missed ${missed}`,
  ];
  return texts.filter((text) => text !== undefined).join('; ');
}

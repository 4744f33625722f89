/** What is wanted to run with the agent. A set of these is all that the startup is told; where they come from it doesn't know. */
import type { Probe } from '../host/probe/probe.ts';
import type { EntryOrigin } from '../engine/startup-access.ts';
import type { WireCommand } from '../protocol/command.ts';

/** Moments of the startup that entries may come after, in their order. */
export const MILESTONES = ['init', 'net', 'boot'] as const;
export type Milestone = (typeof MILESTONES)[number];

/** Every job of an entry has this tag beside its own. */
export const STARTUP_TAG = 'startup';

/** When an entry counts as running, so that those after it may start. */
export type RunningRule =
  /** Its process has lived this long. */
  | { readonly type: 'alive'; readonly delayMs: number }
  /** Only a good end counts. */
  | { readonly type: 'ended' }
  /** A message of any level has a match, in RE2 syntax. After `timeoutMs` nothing but its dependants waits for it. */
  | { readonly type: 'says'; readonly pattern: string; readonly timeoutMs: number | undefined }
  /** A port accepts or a page answers. */
  | { readonly type: 'answers'; readonly probe: Probe; readonly intervalMs: number; readonly timeoutMs: number };

/** Runs at times of the calendar instead of with the agent. */
export interface CronSchedule {
  readonly pattern: string;
  /** Name of a time zone; undefined: the machine's. */
  readonly timezone: string | undefined;
  /** A run that was due while no agent was there is made up for, once. */
  readonly catchUp: boolean;
}

export interface StartupEntry {
  /** Of the entry and of its job. */
  readonly id: string;
  /** The file it stands in, or the resource it is, for messages. */
  readonly source: string;
  /** What that is. Default: a file. */
  readonly from?: EntryOrigin;
  /** What runs. Its arguments may hold `{KEY}` and keys such as `condition|key`. */
  readonly command: Omit<WireCommand, 'id' | 'ref' | 'stream'>;
  /** Ids of other entries, and milestones. */
  readonly after: readonly string[];
  readonly running: RunningRule;
  readonly cron: CronSchedule | undefined;
  /** Always runs again, whatever its end; killall leaves it alone. */
  readonly protected: boolean;
  /** Empty: always. */
  readonly condition: string;
}

/** Something that is wrong with where entries come from. */
export interface StartupProblem {
  readonly source: string;
  readonly message: string;
  /** What the source is. Default: a file. */
  readonly from?: EntryOrigin;
  /** The one entry it is about. */
  readonly id?: string;
  /** Nothing of the source could be read: what was known of it before still counts. */
  readonly isUnreadable?: true;
}

/** All that is wanted. */
export interface DesiredStartup {
  readonly entries: readonly StartupEntry[];
  readonly problems: readonly StartupProblem[];
}

export function isMilestone(name: string): name is Milestone {
  return (MILESTONES as readonly string[]).includes(name);
}

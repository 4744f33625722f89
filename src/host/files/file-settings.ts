import { AgentError } from '../../protocol/agent-error.ts';
import type { Ground } from './spot.ts';

/** What callers may do with files. */
export interface FileSettings {
  /** Absolute paths of the directories they are confined to; none: everything the agent may touch. */
  readonly roots: readonly string[];
  /** Nothing may be changed. */
  readonly isReadOnly: boolean;
  /** A handle that was not used for so long is closed, milliseconds. */
  readonly idleMs: number;
  /** Handles that may be open at once. */
  readonly handles: number;
  readonly handlesPerConnection: number;
}

/** Where files are, and what may be done with them now. */
export interface FileWorld extends Ground {
  readonly settings: FileSettings;
}

/** Errors: AgentError `forbidden` when nothing may be changed. */
export function checkWritable({ settings }: FileWorld, action: string): void {
  if (!settings.isReadOnly) return;
  throw new AgentError('forbidden', `Cannot ${action}: this agent lets files only be read (filesystem.read_only)`);
}

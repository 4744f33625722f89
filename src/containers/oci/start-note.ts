import { readFile, rename, writeFile } from 'node:fs/promises';

import { parseTrustedJson } from '../../base/json.ts';
import type { ContainerGroups } from '../../oci/container-cgroup.ts';

/** Of the last start, for an agent that did not see it. */
export interface StartNote {
  /** Where it is said why it failed. */
  readonly log?: string;
  /** The file of its first process; none with a terminal. */
  readonly pid?: string;
  /** Its control groups, once it ran. */
  readonly groups?: ContainerGroups;
  /** Nothing of it is left. */
  readonly isCleared?: boolean;
}

/** Undefined when there is none: the container was never started. */
export async function readStartNote(file: string): Promise<StartNote | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? undefined : (parseTrustedJson(text) as StartNote);
}

/** As a whole or not at all: an agent that comes after one that died here must be able to read it. */
export async function writeStartNote(file: string, note: StartNote): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(note), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { FileSettings } from '../../../src/host/files/file-settings.ts';
import { LocalFiles } from '../../../src/host/files/local-files.ts';

const SETTINGS: FileSettings = {
  roots: [],
  isReadOnly: false,
  idleMs: 300_000,
  handles: 100,
  handlesPerConnection: 10,
};

/** Files of this machine, confined to what is said. */
export function localFiles(settings: Partial<FileSettings> = {}, clock: Clock = systemClock): LocalFiles {
  return new LocalFiles({ ...SETTINGS, ...settings }, clock);
}

/** Someone who waits for work on a tree, and what was told. */
export function watcher(): { signal: AbortSignal; onTrouble: (message: string) => void; troubles: string[] } {
  const troubles: string[] = [];
  return { signal: new AbortController().signal, onTrouble: (message) => troubles.push(message), troubles };
}

/** Somebody who waits as long as it takes. */
export const patient: AbortSignal = new AbortController().signal;

/** What was thrown, as code and text. */
export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  throw new Error('It did not fail');
}

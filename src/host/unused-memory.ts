/**
 * What was freed and not given back. The C library keeps freed memory for whoever asks next: after a burst of work, of
 * which compiling what ran hot is the greatest part, that is some 30 MB for hours. Sources: malloc_trim(3), mallopt(3).
 */
import { promisify } from 'node:util';

/** How many processors' worth of heaps the C library may have for threads; each keeps for itself what was freed in it. */
const ARENAS = '2';

/** Memory of threads: for the environment of a process, to be merged in before it starts. What is set there stays. */
export function fewArenas(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return { MALLOC_ARENA_MAX: environment['MALLOC_ARENA_MAX'] ?? ARENAS };
}

type Trim = (keepBytes: number, done: (error: Error | null) => void) => void;

/**
 * Gives freed memory back to the system, on another thread: a few milliseconds for each 10 MB. Resolves to false where
 * that can't be done: without glibc or koffi. Never rejects.
 */
export async function giveBackUnusedMemory(): Promise<boolean> {
  loading ??= load();
  const trim = await loading;
  if (trim === undefined) return false;
  await trim(0);
  return true;
}

let loading: Promise<((keepBytes: number) => Promise<unknown>) | undefined> | undefined;

/** Not before it is wanted: an agent that has done nothing has nothing to give back, and koffi takes a megabyte. */
async function load(): Promise<((keepBytes: number) => Promise<unknown>) | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const trim = koffi.load(null).func('int malloc_trim(size_t keep)');
    return promisify(trim.async as Trim);
  } catch {
    // Another C library, or a platform koffi has nothing for.
    return undefined;
  }
}

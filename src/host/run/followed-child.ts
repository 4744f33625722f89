import { readFile } from 'node:fs/promises';

import type { Clock } from '../../base/clock.ts';
import type { Exit } from '../../protocol/run.ts';
import type { SpawnSpec } from '../launcher.ts';
import { readProcess } from '../procfs.ts';
import type { Child } from './child.ts';

/** Who is between a helper and what it leaves may end a moment after the helper: only then is that ours. */
const ORPHANED_MS = 2_000;
const LOOK_AGAIN_MS = 10;

/** The process a helper that ended well left behind to go on in its place; undefined when there is none, or none of ours. */
export async function followedChild(
  child: Child,
  spec: Pick<SpawnSpec, 'mainPid'>,
  exit: Exit,
  clock: Clock,
): Promise<Child | undefined> {
  if (spec.mainPid === undefined || !('code' in exit) || exit.code !== 0) return undefined;
  const text = await readFile(spec.mainPid.file, 'utf8').catch(() => '');
  const pid = Number(/^\s*(\d+)\s*$/.exec(text)?.[1] ?? 0);
  // What was followed has left nothing to go on as: the file still names it.
  if (pid === 0 || pid === child.pid) return undefined;
  const until = clock.monotonic() + ORPHANED_MS;
  for (;;) {
    // One that has ended is there until its parent has taken note: it may still become ours.
    const isThere = readProcess(pid) !== undefined;
    const followed = child.follow?.(pid);
    if (followed !== undefined || !isThere || clock.monotonic() >= until) return followed;
    await new Promise<void>((resolve) => {
      clock.after(LOOK_AGAIN_MS, resolve);
    });
  }
}

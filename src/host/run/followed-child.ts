import { readFile } from 'node:fs/promises';

import type { Exit } from '../../protocol/run.ts';
import type { SpawnSpec } from '../launcher.ts';
import type { Child } from './child.ts';

/** The process a helper that ended well left behind to go on in its place; undefined when there is none, or none of ours. */
export async function followedChild(child: Child, spec: SpawnSpec, exit: Exit): Promise<Child | undefined> {
  if (spec.mainPid === undefined || !('code' in exit) || exit.code !== 0) return undefined;
  const text = await readFile(spec.mainPid.file, 'utf8').catch(() => '');
  const pid = /^\s*(\d+)\s*$/.exec(text)?.[1];
  return pid === undefined ? undefined : child.follow?.(Number(pid));
}

import { randomUUID } from 'node:crypto';
import { AgentError } from '../protocol/agent-error.ts';
import { describeIssues } from '../protocol/command.ts';
import { ContainerChange, type LimitChange } from '../protocol/container-change.ts';
import {
  type ContainerConfig,
  type ContainerLimits,
  type ContainerWish,
  FileMode,
  InnerPath,
} from '../protocol/container.ts';
import type { FileToCopy } from '../engine/container-access.ts';
import { parseSignal } from '../protocol/signals.ts';
import type { Resource } from '../state/resource.ts';

/** One file, and all files of one handle: bytes. */
const MOST_BYTES_OF_FILE = 64 * 1024 ** 2;
/** Archives among them. */
export const MOST_FILES = 1000;

const DEFAULT_MODE = 0o644;

/** A file with its bytes, which wait for the commit. */
export interface CollectedFile {
  /** Names its bytes once they are kept. */
  readonly source: string;
  readonly path: string;
  readonly mode: number;
  readonly parts: readonly Uint8Array[];
  readonly size: number;
  /** It is one, see `ArchiveToCopy`. Its bytes are on the disk and not in `parts`. */
  readonly archive?: { readonly name?: string };
}

/** What a handle stands for: a container, and what is to be changed of it. Never changed itself. */
export interface PendingChange {
  readonly id: string;
  /** The container as it was when the handle was made; undefined: it does not exist yet. */
  readonly base: Resource<ContainerConfig> | undefined;
  readonly wish: Partial<Mutable<ContainerWish>>;
  /** Went back to their default: wishes that may be missing. */
  readonly unset: readonly (keyof ContainerWish)[];
  readonly runState: 'running' | 'stopped' | undefined;
  /** Of files of one path the last; in order. */
  readonly files: readonly CollectedFile[];
  readonly fileBytes: number;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** What a wish is when nobody said otherwise. */
export interface WishDefaults {
  readonly limits: ContainerLimits;
  /** How fast one processor is. */
  readonly processorMhz: number;
}

export function newChange(
  id: string,
  base: Resource<ContainerConfig> | undefined,
  wish: PendingChange['wish'] = {},
): PendingChange {
  return { id, base, wish, unset: [], runState: undefined, files: [], fileBytes: 0 };
}

/** Errors: AgentError `bad-arguments`. */
export function withWishes(before: PendingChange, given: ContainerChange, defaults: WishDefaults): PendingChange {
  const parsed = ContainerChange.safeParse(given);
  if (!parsed.success) {
    throw new AgentError(
      'bad-arguments',
      `Cannot change a container: ${describeIssues(parsed.error, ContainerChange)}`,
    );
  }
  const { limits, ...others } = parsed.data;
  const wish = new Map<string, unknown>(Object.entries(before.wish));
  const unset = new Set(before.unset);
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) continue;
    const key = name as keyof ContainerWish;
    const wanted = value ?? STANDARD[key];
    if (wanted === undefined) {
      wish.delete(key);
      unset.add(key);
    } else {
      wish.set(key, wanted);
      unset.delete(key);
    }
  }
  if (limits !== undefined) {
    const present = before.wish.limits ?? before.base?.spec.limits ?? defaults.limits;
    wish.set('limits', changedLimits(present, limits, defaults));
  }
  const { stop_signal: stopSignal } = others;
  if (typeof stopSignal === 'string' && parseSignal(stopSignal) === undefined) {
    throw new AgentError('bad-arguments', `Cannot stop a container by "${stopSignal}": that is no signal`);
  }
  return { ...before, wish: Object.fromEntries(wish), unset: [...unset] };
}

/** What stands in a configuration where nothing was said. */
const STANDARD: Partial<ContainerWish> = {
  env: {},
  mounts: [],
  network: 'none',
  ports: [],
  tags: [],
  capabilities: [],
  read_only: false,
  open_stdin: false,
  stop_grace: 10,
  auto_remove: false,
};

export function standardWish(name: string, { limits }: WishDefaults): ContainerWish {
  return { ...(STANDARD as ContainerWish), name, limits };
}

function changedLimits(present: ContainerLimits, change: LimitChange | null, defaults: WishDefaults): ContainerLimits {
  if (change === null) return defaults.limits;
  const pick = (name: keyof ContainerLimits): number => {
    const value = change[name];
    return value === undefined ? present[name] : value === -1 ? defaults.limits[name] : value;
  };
  const { cpus } = change;
  if (cpus !== undefined && change.cpu_mhz !== undefined) {
    throw new AgentError('bad-arguments', 'Cannot limit a container by "cpus" and "cpu_mhz": one of them is enough');
  }
  const mhz = cpus === undefined ? pick('cpu_mhz') : Math.max(1, Math.round(cpus * defaults.processorMhz));
  return { memory_mb: pick('memory_mb'), cpu_mhz: mhz, pids: pick('pids') };
}

/** Errors: AgentError `bad-arguments`. */
export function withRunState(before: PendingChange, state: string): PendingChange {
  if (state !== 'running' && state !== 'stopped') {
    throw new AgentError('bad-arguments', `Cannot set the run state "${state}": it must be "running" or "stopped"`);
  }
  return { ...before, runState: state };
}

/** Errors: AgentError `bad-path`, `bad-arguments`, `too-many`. */
export function withFile(
  before: PendingChange,
  { path, mode = DEFAULT_MODE, data, append = false }: FileToCopy,
): PendingChange {
  checkTarget(path);
  if (!FileMode.safeParse(mode).success) {
    throw new AgentError(
      'bad-arguments',
      `Cannot copy to "${path}" with the mode ${mode}: it must be from 0 to 0o777 (511)`,
    );
  }
  const isSame = (file: CollectedFile): boolean => file.path === path && file.archive === undefined;
  const known = before.files.find(isSame);
  if (append && known === undefined) {
    throw new AgentError('bad-arguments', `Cannot append to "${path}": the handle has nothing for it yet`);
  }
  const parts = append && known !== undefined ? [...known.parts, data.slice()] : [data.slice()];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > MOST_BYTES_OF_FILE) {
    throw new AgentError(
      'too-many',
      `Cannot copy ${size} bytes to "${path}": ${MOST_BYTES_OF_FILE} is the most of one file`,
    );
  }
  const others = before.files.filter((file) => !isSame(file));
  if (others.length >= MOST_FILES) {
    throw new AgentError('too-many', `Cannot copy more than ${MOST_FILES} files with one commit`);
  }
  return {
    ...before,
    files: [
      ...others,
      { source: randomUUID(), path, mode: append && known !== undefined ? known.mode : mode, parts, size },
    ],
    fileBytes: before.fileBytes - (known?.size ?? 0) + size,
  };
}

/** Errors: AgentError `bad-path`. */
export function checkDirectory(path: string): void {
  if (path !== '/') checkTarget(path);
}

/** Errors: AgentError `bad-path`. */
export function checkTarget(path: string): void {
  if (path !== '/' && InnerPath.safeParse(path).success) return;
  throw new AgentError(
    'bad-path',
    `Cannot copy to ${JSON.stringify(path.slice(0, 200))}: it must be an absolute path of a file in the container, without "." and ".."`,
  );
}

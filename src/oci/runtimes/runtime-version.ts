import type { RuntimeName } from '../runtime.ts';

/** A hole through which programs got out of containers, and the versions it was closed with. */
interface Hole {
  readonly names: readonly string[];
  /** By the part of the version before the last number: the first that is whole; newer parts than these are, older are not. */
  readonly fixed: readonly string[];
  /** Whether a runtime with it is not to be used at all. */
  readonly isGrave: boolean;
  readonly what: string;
}

const HOLES: Readonly<Record<RuntimeName, readonly Hole[]>> = {
  runc: [
    {
      names: ['CVE-2024-21626'],
      fixed: ['1.1.12', '1.2.0-rc.1'],
      isGrave: true,
      what: 'a working directory in /proc/self/fd leads out of the container',
    },
    {
      names: ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881'],
      fixed: ['1.2.8', '1.3.3', '1.4.0-rc.3'],
      isGrave: false,
      what: 'who can start several containers at once, with mounts of his own, may get out of one',
    },
  ],
  crun: [
    {
      names: ['CVE-2022-27650'],
      fixed: ['1.4.4'],
      isGrave: false,
      what: 'programs that join a container inherit capabilities',
    },
  ],
};

/** What is known of a runtime by its version. */
export type VersionVerdict =
  | { readonly type: 'good' }
  /** It can be used, but should be replaced. `why` is a sentence. */
  | { readonly type: 'old'; readonly why: string }
  /** Containers would not hold. */
  | { readonly type: 'unsafe'; readonly why: string };

/**
 * Judges a runtime by what it says of its version. `repaired` are the holes that a distribution closed in it without
 * changing the version. An unreadable version is good: it is newer than this, or somebody's own.
 */
export function judgeVersion(name: RuntimeName, version: string, repaired: ReadonlySet<string>): VersionVerdict {
  const parsed = parseVersion(version);
  if (parsed === undefined) return { type: 'good' };
  const open = HOLES[name].filter(
    (hole) => !isFixed(parsed, hole.fixed) && hole.names.some((each) => !repaired.has(each)),
  );
  const [worst] = open.toSorted((a, b) => Number(b.isGrave) - Number(a.isGrave));
  if (worst === undefined) return { type: 'good' };
  const holes = worst.names.filter((each) => !repaired.has(each)).join(', ');
  const why = `${name} ${version} has ${holes}: ${worst.what}. Install ${worst.fixed.at(-1) ?? ''} or newer, or a repaired package of your distribution`;
  return { type: worst.isGrave ? 'unsafe' : 'old', why };
}

/** The version in the first line of `--version`; undefined when there is none. */
export function versionIn(text: string): string | undefined {
  return /\bversion\s+(\d[^\s]*)/.exec(text)?.[1];
}

interface Version {
  readonly line: readonly [major: number, minor: number];
  readonly patch: number;
  /** Infinite when it is none. */
  readonly candidate: number;
}

function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, candidate] = /^(\d+)\.(\d+)(?:\.(\d+))?(?:[-~]rc\.?(\d+))?/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return {
    line: [Number(major), Number(minor)],
    patch: Number(patch ?? 0),
    candidate: candidate === undefined ? Infinity : Number(candidate),
  };
}

function isFixed(version: Version, fixed: readonly string[]): boolean {
  const versions = fixed.flatMap((text) => parseVersion(text) ?? []);
  const same = versions.find(({ line }) => compare(line, version.line) === 0);
  if (same !== undefined) return compare([version.patch, version.candidate], [same.patch, same.candidate]) >= 0;
  return versions.every(({ line }) => compare(version.line, line) > 0);
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] === b[1] ? 0 : a[1] - b[1];
}

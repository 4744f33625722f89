import path from 'node:path';

/** What the rule for the data directory depends on. */
export interface Surroundings {
  /** The environment. Only `XDG_STATE_HOME` and `HOME` are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined;
}

/**
 * Where an agent keeps its data when nobody said otherwise: `/var/lib/corex` for root, else `$XDG_STATE_HOME/corex`,
 * else `~/.local/state/corex`. Undefined when no home is known.
 */
export function defaultDataDir({ env, uid }: Surroundings): string | undefined {
  if (uid === 0) return '/var/lib/corex';
  const state = absolute(env['XDG_STATE_HOME']);
  if (state !== undefined) return path.join(state, 'corex');
  const home = absolute(env['HOME']);
  return home === undefined ? undefined : path.join(home, '.local', 'state', 'corex');
}

/** A variable that is empty or not absolute is ignored, as its specification says. */
function absolute(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}

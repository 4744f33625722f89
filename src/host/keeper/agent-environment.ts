import { fewArenas } from '../unused-memory.ts';

/**
 * The environment of a keeper that starts its agent itself. Variables that Node and its C library read mean something else to each of
 * them; those of the agent are set aside meanwhile.
 */
type Environment = Readonly<Record<string, string | undefined>>;

/** Files are written and read, and paths looked up, by these; a slow disk must not stop all of them. */
const KEEPER_THREADS = '24';

const SET_ASIDE = ['NODE_OPTIONS', 'UV_THREADPOOL_SIZE', 'MALLOC_ARENA_MAX'] as const;

/** What a keeper is started with. */
export function keeperEnvironment(environment: Environment): Environment {
  return {
    ...environment,
    ...fewArenas(environment),
    NODE_OPTIONS: undefined,
    UV_THREADPOOL_SIZE: KEEPER_THREADS,
  };
}

/** The same for one that is to start agents with `environment` later. */
export function keeperEnvironmentWithAgent(environment: Environment): Environment {
  const aside = SET_ASIDE.map((name) => [asideName(name), environment[name]] as const);
  return { ...keeperEnvironment(environment), ...Object.fromEntries(aside) };
}

/** What such a keeper's agent gets: its own variables again, and the word that its keeper is there already. */
export function agentEnvironment(environment: Environment): Environment {
  const own = SET_ASIDE.flatMap((name) => [
    [name, environment[asideName(name)]] as const,
    [asideName(name), undefined] as const,
  ]);
  return { ...environment, ...Object.fromEntries(own), COREX_LAUNCHER: 'running-keeper' };
}

function asideName(name: string): string {
  return `COREX_ASIDE_${name}`;
}

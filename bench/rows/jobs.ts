import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { NO_SPAWN_LOOP, spawnLoop } from '../bare/spawn-loop.ts';
import type { Row } from '../row.ts';

const IN_FLIGHT = 16;
const BARE_IN_FLIGHT = 4;

/** One-shot jobs, from their command to their result, with the history kept as `durability` says. */
function jobsRow(name: string, durability: 'process' | 'power', atLeast: number): Row {
  return {
    name,
    does: `Runs \`true\` again and again over one connection, ${IN_FLIGHT} jobs in flight, history on, durability \`${durability}\`.`,
    bare: `a C loop of posix_spawn and waitpid, ${BARE_IN_FLIGHT} in flight`,
    figures: [
      {
        key: 'jobs',
        name: `one-shot jobs, durability ${durability}`,
        unit: 'jobs/s',
        target: { of: 'ratio', atLeast },
        peers: 'PM2 64, supervisord 85, tsp 328',
      },
    ],
    async open(stage) {
      const owned = new AsyncDisposableStack();
      const agent = owned.use(await BenchAgent.start(stage, { env: { COREX_STORE_DURABILITY: durability } }));
      const connection = owned.use(await agent.connect());
      const loop = spawnLoop(stage);
      const make = (): object => ({ command: 'core.system', arguments: { name: 'true' } });
      return {
        ours: async () => ({
          jobs: await flow(connection, { inFlight: IN_FLIGHT, until: { seconds: stage.sized(2) }, make }),
        }),
        ...(loop === undefined
          ? {}
          : {
              bare: async () => {
                const { perSecond } = await loop({ seconds: stage.sized(1.5, 0.2), inFlight: BARE_IN_FLIGHT });
                return { jobs: perSecond };
              },
            }),
        remarks: () => (loop === undefined ? [NO_SPAWN_LOOP] : []),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

export const jobs = jobsRow('jobs', 'process', 0.45);
export const jobsPower = jobsRow('jobs-power', 'power', 0.35);

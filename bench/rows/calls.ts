import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { startBareServer } from '../bare/server-process.ts';
import type { Row } from '../row.ts';

const IN_FLIGHT = 64;

/** Built-ins that are answered at once. */
export const calls: Row = {
  name: 'calls',
  does: `Calls \`core.ping\` over one connection, ${IN_FLIGHT} in flight.`,
  bare: '`ws` alone: the same commands read as JSON and sent back as JSON by a server in a process of its own',
  figures: [{ key: 'calls', name: 'calls', unit: 'calls/s', target: { of: 'ratio', atLeast: 0.5 } }],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const agent = owned.use(await BenchAgent.start(stage));
    const connection = owned.use(await agent.connect());
    const server = owned.use(await startBareServer(stage, 'echo-server'));
    const load = {
      inFlight: IN_FLIGHT,
      until: { seconds: stage.sized(2) },
      make: () => ({ command: 'core.ping' }),
    };
    return {
      ours: async () => ({ calls: await flow(connection, load) }),
      bare: async () => ({ calls: await flow(server.connection, load) }),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

import { defineBuiltin } from 'corex/builtin';

export const coreState = defineBuiltin({
  name: 'core.state',
  summary: 'Facts about the agent: uptime, jobs by state, memory, generation, store and launcher.',
  example: {
    data: {
      name: 'build-3',
      version: '0.1.0',
      pid: 4242,
      generation: 7,
      uptime_ms: 3_600_200,
      jobs: { live: 4, waiting: 1, active: 3, by_state: { running: 3, queued: 1 }, finished: 1200 },
      memory: { rss: 71_303_168, heap: 26_707_112 },
    },
  },
  run: (_args, { agent }) => agent.state(),
});

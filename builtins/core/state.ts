import { defineBuiltin } from 'corex/builtin';

export const coreState = defineBuiltin({
  name: 'core.state',
  summary: 'Facts about the agent: uptime, jobs by state, memory, generation, store and launcher.',
  example: { data: { uptime: 3600.2, jobs: { running: 3, queued: 1 }, rss: 71303168 } },
  run: (_args, { agent }) => agent.state(),
});

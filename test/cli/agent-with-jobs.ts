import { runningAgent, type RunningAgent } from './corex.ts';

/** An agent with a job that runs, one that waits for it in their queue, and one that failed. */
export async function agentWithJobs(): Promise<RunningAgent> {
  const agent = await runningAgent();
  const tags = ['--tag', 'web', '--tag', 'nacht/夜'];
  await agent.run(['run', '-d', '--id', 'lives', ...tags, '-q', 'disk', '--', 'sleep', '600']);
  await agent.run(['run', '-d', '--id', 'waits', '-q', 'disk', '--', 'sleep', '600']);
  await agent.run(['run', '--id', 'failed', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
  return agent;
}

import * as z from 'zod';
import { AgentError, defineBuiltin, MAX_LEVEL, type LogFilter } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { requireSession } from '../session.ts';

const Arguments = z.strictObject({
  sources: z
    .array(z.enum(['jobs', 'agent']))
    .min(1)
    .nullish()
    .describe('What all jobs say and how they end, the agent’s own log, or both. Default `jobs`.'),
  levels: z
    .array(z.int().min(0).max(MAX_LEVEL))
    .max(256)
    .nullish()
    .describe('Only messages of jobs of these levels; how a job ended always comes. Default: all.'),
  tags: z.array(z.string()).max(64).nullish().describe('Only jobs that have all these tags.'),
  agent_level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .nullish()
    .describe('The agent’s own log from this level on, as far as it is logged at all. Default `info`.'),
  backlog: z.int().min(0).max(1000).nullish().describe('The newest records of before, at most. Default 1000.'),
});

export const loggerSubscribe = defineBuiltin({
  name: 'logger.subscribe',
  summary: 'Sends what all jobs say, or what the agent logs, to this connection until it is unsubscribed.',
  arguments: Arguments,
  errors: ['not-able', 'too-many'],
  example: { arguments: { sources: ['jobs', 'agent'], levels: [2, 9], agent_level: 'warn' }, data: { handle: 4 } },
  run: (args, context) => {
    const session = requireSession(context);
    const log = offered(context.agent.log, context);
    const filter = readFilter(args);
    return session.followLog(() => log.follow(filter));
  },
});

function readFilter(args: z.infer<typeof Arguments>): LogFilter {
  const { sources = ['jobs'], backlog = 1000, agent_level: agentLevel, levels, tags } = given(args);
  const [jobs, agent] = [sources.includes('jobs'), sources.includes('agent')];
  const refuse = (name: string, source: string): never => {
    throw new AgentError('bad-arguments', `Cannot subscribe: "${name}" needs "${source}" to be among "sources"`);
  };
  if (!agent && agentLevel !== undefined) refuse('agent_level', 'agent');
  if (!jobs && levels !== undefined) refuse('levels', 'jobs');
  if (!jobs && tags !== undefined) refuse('tags', 'jobs');
  return { jobs, backlog, ...given({ levels, tags }), ...(agent ? { agent: agentLevel ?? 'info' } : {}) };
}

import { becomeKeeper } from '../../agent/become-keeper.ts';
import { AGENT_FLAGS, agentArguments, explained, readConfig } from '../agent-config.ts';
import { defineCommand } from '../cli-command.ts';

/** Containers are commonly given ten seconds to end. */
const STOP_WITHIN = 8;
/** What the agent takes beyond that to see killed processes end, and to close its store. */
const LAST_STEPS = 6;
const MS_PER_SECOND = 1000;

export const init = defineCommand({
  usage: ['init [options]'],
  details: [
    'For a container’s entry point. This process becomes the keeper of the jobs’ processes and buries every orphan; the agent is its child and is started again whenever it ends, one second later, then two, up to thirty. Jobs go on meanwhile. It works as well where it is not the first process.',
    'SIGTERM or Ctrl-C ends the container in order: running jobs get SIGTERM, their grace, SIGKILL, and their results are stored; then the agent ends, then what else is left. It exits as the agent did. The same signal again kills everything at once. SIGHUP is passed on to the agent. “corex stop” only makes the agent start anew.',
    'Both write to standard error. An agent that can’t use its configuration when it is first started ends it with exit code 78.',
  ],
  options: {
    ...AGENT_FLAGS,
    stopWithin: {
      type: 'duration',
      value: 'TIME',
      summary: 'kill jobs that have not ended by then when it is told to end, 8s unless said',
    },
  },
  examples: [
    { line: 'corex init', does: 'An agent with its keeper, in a container or anywhere else.' },
    { line: 'corex init --data-dir /data', does: 'With the data on a volume, so that a new container finds it.' },
  ],
  run: ({ options, cli }) => {
    const config = readConfig(options, cli);
    const stopWithin = options.stopWithin ?? STOP_WITHIN;
    const args = ['start', ...agentArguments(options), '--drain', '--stop-within', `${stopWithin}s`];
    const stopMs = (stopWithin + LAST_STEPS) * MS_PER_SECOND;
    try {
      becomeKeeper({ config, environment: cli.env, agent: { args, stopMs } });
    } catch (error) {
      throw explained(error);
    }
  },
});

import { becomeKeeper } from '../../agent/become-keeper.ts';
import { explained, PLACE_OPTIONS, readConfig } from '../agent-config.ts';
import { defineCommand } from '../cli-command.ts';

export const keeper = defineCommand({
  usage: ['keeper [options]'],
  details: [
    'The keeper owns the processes of jobs, so that they outlive the agent. An agent starts one itself when there is none; this command is for a service manager that is to see after both: deploy/systemd has the units. The agent is told to wait for it by COREX_LAUNCHER=running-keeper.',
    'It stays in the foreground, writes a line to standard error for each thing that happens to it, and waits for agents for ever. SIGTERM or Ctrl-C ends all its processes, by SIGTERM and two seconds later by SIGKILL, then itself; the same signal again leaves out the wait. Stop the agent first with “corex stop --drain” if the jobs’ results are to be stored.',
    'Exits with 1 when another keeper has the directory, and with 78 for a configuration that can’t be used.',
  ],
  options: PLACE_OPTIONS,
  examples: [{ line: 'corex keeper --data-dir /var/lib/corex', does: 'What the unit corex-keeper.service runs.' }],
  run: ({ options, cli }) => {
    const config = readConfig(options, cli);
    try {
      becomeKeeper({ config, environment: cli.env });
    } catch (error) {
      throw explained(error);
    }
  },
});

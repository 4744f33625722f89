import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { JobCommand } from '../../client/run-job.ts';
import type { FoundAgent } from '../agent-address.ts';
import {
  EXEC_IN_CONTAINER_OPTION,
  execInContainer,
  hintAtContainer,
  refusalToRun,
  whereToRun,
} from '../containers/exec-in-container.ts';
import type { Cli } from '../cli-context.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { execCommand, EXEC_OPTIONS } from '../exec-command.ts';
import { followStyle, followToTheEnd, stopOnInterrupt } from '../follow-job.ts';
import { forwardInput } from '../forward-input.ts';
import { EXIT_NO_SUCH_PROGRAM } from '../exit-codes.ts';
import { tellAcceptance, tellEnd } from '../job-end.ts';
import { checkTerminal, type TerminalWishes } from '../terminal/check-terminal.ts';
import { DETACH_KEYS_OPTION, readDetachKeys } from '../terminal/detach-keys.ts';
import { endSession, SESSION_RECONNECT } from '../terminal/end-session.ts';
import { TerminalSession } from '../terminal/terminal-session.ts';
import { withAgent } from '../with-agent.ts';

const OPTIONS = {
  ...EXEC_OPTIONS,
  ...EXEC_IN_CONTAINER_OPTION,
  detach: { type: 'flag', short: 'd', summary: 'print the id and leave the job to the agent' },
  ...DETACH_KEYS_OPTION,
  ...AGENT_OPTIONS,
  json: { type: 'flag', summary: 'the result as one JSON document instead of the output; not on a terminal' },
} as const;

export const exec = defineCommand({
  usage: ['exec [options] [--] PROGRAM [ARGUMENT…]', 'exec [options] CONTAINER -- PROGRAM [ARGUMENT…]'],
  details: [
    'One word before -- is the name or the id of a running container, and the program runs in there, as one of its own. Without it the program runs on the agent’s machine.',
    'The program starts at once, in no queue, as a job of the agent. It goes on when the agent is restarted, and so does this session.',
    'With -t it gets a terminal of this one’s kind and size, which goes along when the window changes. With -it everything typed goes to it, Ctrl-C too. Without -t it is as with corex run: two streams, and Ctrl-C stops the job.',
    'Ctrl-P Ctrl-Q leaves a terminal and lets the job go on; so do SIGTERM and a window that is closed. corex attach comes back.',
    'The exit code is the job’s, as with corex run; 0 when the job was left.',
  ],
  options: OPTIONS,
  words: { endOptions: true, place: true },
  examples: [
    { line: 'corex exec -it -- bash', does: 'A shell where the agent is.' },
    { line: 'corex exec -it web -- sh', does: 'A shell in a running container.' },
    {
      line: 'corex exec -it --id notes -- vim notes.md',
      does: 'Leave it by Ctrl-P Ctrl-Q; corex attach notes comes back.',
    },
    {
      line: 'corex exec -dt --id dev -- npm run dev',
      does: 'In the background, on a terminal to look at now and then.',
    },
    {
      line: 'tar c . | corex exec -i web -- tar xC /srv',
      does: 'A directory into a container: without a terminal bytes pass as they are.',
    },
  ],
  run: async ({ options, words: given, place, cli }) => {
    checkTerminal(options, cli);
    const keys = readDetachKeys(options.detachKeys);
    const where = whereToRun(options.container, place, given);
    const { container, words } = where;
    const make = container === undefined ? execCommand : execInContainer(container);
    const commandFor = ({ isLocal }: FoundAgent): JobCommand =>
      make(options, words, { env: cli.env, directory: cli.directory, isLocal }, cli.terminal.size);
    // What the command line lacks is told before an agent is looked for.
    make(options, words, { env: {}, directory: '/', isLocal: true });
    const hasSession = options.tty && !options.detach;
    const session = new TerminalSession(cli, {
      typing: options.stdin ? 'to the job' : 'interrupts',
      detachKeys: keys,
      setsSize: true,
    });
    const work = async (client: Client, agent: FoundAgent): Promise<number> => {
      const { size } = cli.terminal;
      const job = client.run(commandFor(agent));
      const code = hasSession
        ? await endSession(await session.run(job, { from: 'start', size }), job, cli)
        : await withoutTerminal(job, options, cli);
      if (code === EXIT_NO_SUCH_PROGRAM && container === undefined) await hintAtContainer(client, words, cli.output);
      return code;
    };
    const connection = hasSession
      ? { onStatus: session.onStatus, reconnect: SESSION_RECONNECT }
      : { onStatus: connectionNotes(cli, followStyle(cli, false).notes !== 'none') };
    return await withAgent(options, cli, work, connection).catch(refusalToRun(where));
  },
});

async function withoutTerminal(job: JobHandle, { stdin, detach, json }: TerminalWishes, cli: Cli): Promise<number> {
  if (detach) return await tellAcceptance(job, json, cli);
  const style = followStyle(cli, false);
  using _interrupts = stopOnInterrupt(job, cli, style);
  if (stdin) void forwardInput(cli.stdin(), job);
  if (!json) await followToTheEnd(job, cli, style);
  return await tellEnd(await job.result(), json, cli);
}

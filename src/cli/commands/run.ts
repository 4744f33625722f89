import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { CONTAINER_OPTIONS, givenContainerOption } from '../containers/container-options.ts';
import { sandboxArguments } from '../containers/sandbox.ts';
import { startSandboxJob } from '../containers/start-sandbox.ts';
import { UsageError } from '../cli-error.ts';
import type { Cli } from '../cli-context.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { followStyle, followToTheEnd, stopOnInterrupt } from '../follow-job.ts';
import { forwardInput } from '../forward-input.ts';
import { refusalToExit, tellAcceptance, tellEnd } from '../job-end.ts';
import { runCommand, RUN_OPTIONS } from '../run-command.ts';
import { checkTerminal } from '../terminal/check-terminal.ts';
import { DETACH_KEYS_OPTION, readDetachKeys } from '../terminal/detach-keys.ts';
import { endSession, SESSION_RECONNECT } from '../terminal/end-session.ts';
import { TerminalSession } from '../terminal/terminal-session.ts';
import { withAgent } from '../with-agent.ts';

const OPTIONS = {
  ...RUN_OPTIONS,
  ...CONTAINER_OPTIONS,
  detach: { type: 'flag', short: 'd', summary: 'print the id and leave the job to the agent' },
  ...DETACH_KEYS_OPTION,
  verbose: { type: 'flag', short: 'v', summary: 'tell on standard error what happens to the job' },
  ...AGENT_OPTIONS,
  json: { type: 'flag', summary: 'the result as one JSON document instead of the output' },
} as const;

export const run = defineCommand({
  usage: [
    'run [options] [--] PROGRAM [ARGUMENT…]',
    'run --image IMAGE [options] [--] [PROGRAM [ARGUMENT…]]',
    'run [options] --command NAME [--args JSON]',
  ],
  details: [
    'The job’s output comes as it is, byte by byte: standard output to standard output, standard error to standard error. No shell reads the command line; for pipes and variables run one: corex run -- sh -c "…".',
    'The exit code is the job’s: its own, 128 + n when signal n ended it, 124 when its time was over, 126 and 127 when the program may not be executed or is not there, 125 when the agent is in trouble.',
    'Ctrl-C stops the job: TERM, its grace, KILL. A second Ctrl-C leaves it to the agent and returns at once. When the reader of the output goes away (| head), the job is stopped, too.',
    'With --image the program runs in a container that is made for it and removed when it has ended, also when nobody waits for it any more: without a network, and with no more memory, processors and processes than the agent gives containers unless more is asked for.',
    'With --image and -t it has a terminal, as with corex exec: -it connects it with the keyboard, Ctrl-P Ctrl-Q leaves it, and corex attach comes back.',
    'With --json the output is not shown: it is in the result, and `corex logs` has all of it.',
  ],
  options: OPTIONS,
  words: { endOptions: true },
  examples: [
    { line: 'corex run -- make test', does: 'Run it here and exit as it did.' },
    {
      line: 'corex run -d --id backup --tag nightly -- ./backup.sh',
      does: 'Leave it to the agent; asking again while it runs joins it.',
    },
    {
      line: 'corex run -q disk --priority 5 -t 10m --max-restart 3 -- rsync -a a/ b/',
      does: 'Wait in a queue, take ten minutes at most, try again up to three times.',
    },
    { line: 'tar c . | corex run -i -- tar xC /srv', does: 'Pass standard input on.' },
    { line: 'corex run -e HOME -e MODE=fast -- env', does: 'Name the variables the job may see.' },
    {
      line: 'corex run --user nobody --memory 512MiB --pids 50 --no-new-privs -- ./untrusted',
      does: 'Confine it: another user, and no more than so much.',
    },
    {
      line: 'corex run --image alpine:3.20 --memory 64MiB -- sh -c "id; ls /"',
      does: 'In a sandbox of its own, which is gone afterwards.',
    },
    { line: 'corex run --image alpine:3.20 -it -- sh', does: 'A shell in one.' },
  ],
  run: async ({ options, words, cli }) => {
    const style = followStyle(cli, options.verbose);
    const { size } = cli.terminal;
    const hasSession = options.tty && !options.detach;
    const session = new TerminalSession(cli, {
      typing: options.stdin ? 'to the job' : 'interrupts',
      detachKeys: readDetachKeys(options.detachKeys),
      setsSize: true,
    });
    const work = async (client: Client, { isLocal }: { readonly isLocal: boolean }): Promise<number> => {
      const caller = { env: cli.env, directory: cli.directory, isLocal };
      const job =
        options.image === undefined
          ? client.run(runCommand(options, words, caller))
          : await startSandboxJob(client, sandboxArguments(options, words, caller, size), cli);
      if (options.detach) return await tellAcceptance(job, options.json, cli);
      if (hasSession) return await endSession(await session.run(job, { from: 'start', size }), job, cli);
      using _interrupts = stopOnInterrupt(job, cli, style);
      if (options.stdin) void forwardInput(cli.stdin(), job);
      if (options.verbose) void noteAcceptance(job, cli);
      if (!options.json) await followToTheEnd(job, cli, style);
      return await tellEnd(await job.result(), options.json, cli);
    };
    // What the command line lacks is told before an agent is looked for.
    const nowhere = { env: {}, directory: '/', isLocal: true };
    if (options.image !== undefined) sandboxArguments(options, words, nowhere);
    else if (givenContainerOption(options) !== undefined) {
      throw new UsageError(
        `Cannot use ${givenContainerOption(options) ?? ''} without --image: it is about a container`,
      );
    } else runCommand(options, words, nowhere);
    const connection = hasSession
      ? { onStatus: session.onStatus, reconnect: SESSION_RECONNECT }
      : { onStatus: connectionNotes(cli, style.notes !== 'none') };
    checkTerminal(options, cli);
    return await withAgent(options, cli, work, connection).catch(refusalToExit);
  },
});

async function noteAcceptance(job: JobHandle, { output }: Cli): Promise<void> {
  try {
    const { id, attached } = await job.accepted;
    await output.note(`corex: ${attached ? 'joined' : 'accepted as'} job "${id}"`);
  } catch {
    // A refusal is told by the result.
  }
}

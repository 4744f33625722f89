import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { JobResult } from '../../protocol/result.ts';
import type { Cli } from '../cli-context.ts';
import { defineCommand } from '../cli-command.ts';
import { CliError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { EXIT_AGENT_TROUBLE, EXIT_NO_SUCH_PROGRAM, EXIT_OK, exitCodeOfResult } from '../exit-codes.ts';
import { followBytes, type FollowStyle } from '../follow-output.ts';
import { forwardInput } from '../forward-input.ts';
import { ENDING_SIGNALS, onInterrupt } from '../interrupts.ts';
import { describeEnd } from '../job-notes.ts';
import { runCommand, RUN_OPTIONS } from '../run-command.ts';
import { withAgent } from '../with-agent.ts';

const OPTIONS = {
  ...RUN_OPTIONS,
  detach: { type: 'flag', short: 'd', summary: 'print the id and leave the job to the agent' },
  verbose: { type: 'flag', short: 'v', summary: 'tell on standard error what happens to the job' },
  ...AGENT_OPTIONS,
  json: { type: 'flag', summary: 'the result as one JSON document instead of the output' },
} as const;

export const run = defineCommand({
  usage: ['run [options] [--] PROGRAM [ARGUMENT…]', 'run [options] --command NAME [--args JSON]'],
  details: [
    'The job’s output comes as it is, byte by byte: standard output to standard output, standard error to standard error. No shell reads the command line; for pipes and variables run one: corex run -- sh -c "…".',
    'The exit code is the job’s: its own, 128 + n when signal n ended it, 124 when its time was over, 126 and 127 when the program may not be executed or is not there, 125 when the agent is in trouble.',
    'Ctrl-C stops the job: TERM, its grace, KILL. A second Ctrl-C leaves it to the agent and returns at once. When the reader of the output goes away (| head), the job is stopped, too.',
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
  ],
  run: async ({ options, words, cli }) => {
    const { output } = cli;
    const style: FollowStyle = { notes: options.verbose ? 'all' : output.stderr.isTerminal ? 'few' : 'none' };
    const onStatus = connectionNotes(cli, style.notes !== 'none');
    const work = async (client: Client, { isLocal }: { readonly isLocal: boolean }): Promise<number> => {
      const job = client.run(runCommand(options, words, { env: cli.env, directory: cli.directory, isLocal }));
      if (options.detach) return await detach(job, options.json, cli);
      using _interrupts = onInterrupt(cli, ENDING_SIGNALS, (signal) => {
        if (style.notes !== 'none') void output.note(stoppingNote(signal, job.id, output.stderr.isTerminal));
        job.kill().catch(() => undefined);
      });
      if (options.stdin) void forwardInput(cli.stdin(), job);
      if (options.verbose) void noteAcceptance(job, cli);
      if (!options.json) await followToTheEnd(job, cli, style);
      return await finish(await job.result(), options.json, cli);
    };
    // What the command line lacks is told before an agent is looked for.
    runCommand(options, words, { env: {}, directory: '/', isLocal: true });
    return await withAgent(options, cli, work, { onStatus }).catch(refusalToExit);
  },
});

/** A terminal has just shown `^C`, so there the note takes a line of its own. */
function stoppingNote(signal: NodeJS.Signals, id: string, isTerminal: boolean): string {
  return `${isTerminal && signal === 'SIGINT' ? '\n' : ''}corex: stopping; once more leaves ${id} running`;
}

async function detach(job: JobHandle, asJson: boolean, { output }: Cli): Promise<number> {
  const accepted = await job.accepted;
  if (asJson) await output.json(accepted);
  else await output.line(accepted.id);
  return EXIT_OK;
}

async function noteAcceptance(job: JobHandle, { output }: Cli): Promise<void> {
  try {
    const { id, attached } = await job.accepted;
    await output.note(`corex: ${attached ? 'joined' : 'accepted as'} job "${id}"`);
  } catch {
    // A refusal is told by the result.
  }
}

/** Shows the output. A call has none to follow. When it can't be shown any more the job is stopped, as SIGPIPE would. */
async function followToTheEnd(job: JobHandle, { output }: Cli, style: FollowStyle): Promise<void> {
  try {
    await followBytes(job.output(), output, style);
  } catch (error) {
    if (isAgentError(error) && error.code === 'unknown-job') return;
    if (!isAgentError(error)) await job.kill().catch(() => undefined);
    throw error;
  }
}

async function finish(result: JobResult, asJson: boolean, { output }: Cli): Promise<number> {
  if (asJson) {
    await output.json(result);
    return exitCodeOfResult(result);
  }
  // A function has no standard output: it answers by its data.
  if (result.exit === undefined && result.state === 'SUCCESS') await output.line(result.data);
  if (result.state !== 'SUCCESS' && result.reason !== 'exited') {
    await output.write('stderr', `${output.stderr.paint('bad', 'corex:')} ${endText(result)}\n`);
  }
  return exitCodeOfResult(result);
}

/** What went wrong beside the exit code. Where it never ran, the reason is all there is to tell. */
function endText(result: JobResult): string {
  const { id, reason, error } = result;
  if (error !== undefined && (reason === 'spawn-failed' || reason === 'failed')) return error.message;
  return `Job "${id}" ${describeEnd(result)}`;
}

/** The agent's no is an error of the agent's, except that a command it doesn't know is like a program that isn't there. */
function refusalToExit(error: unknown): never {
  if (!isAgentError(error)) throw error;
  const exitCode = error.code === 'unknown-command' ? EXIT_NO_SUCH_PROGRAM : EXIT_AGENT_TROUBLE;
  throw new CliError(error.message, { exitCode, cause: error });
}

import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import type { Cli } from './cli-context.ts';
import { CliError, UsageError } from './cli-error.ts';
import { describeCommand, type CommandRow } from './cli-command.ts';
import { COMMANDS } from './command-table.ts';
import { findCommand } from './find-command.ts';
import { EXIT_AGENT_TROUBLE, EXIT_FAILURE, EXIT_OK, exitCodeOfSignal } from './exit-codes.ts';
import { commandHelp, overview } from './help.ts';
import { OutputClosed } from './output.ts';
import { parseOptions } from './parse-options.ts';

/** Runs one command line, `corex` left out. Resolves to the exit code when all output is written; never rejects. */
export async function runCli(argv: readonly string[], cli: Cli): Promise<number> {
  let code: number;
  try {
    code = await dispatch(argv, cli);
  } catch (error) {
    code = await report(error, cli);
  }
  await cli.output.drained();
  return code;
}

async function dispatch([name, ...args]: readonly string[], cli: Cli): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    await cli.output.line(overview(COMMANDS, cli.output.stdout).join('\n'));
    return EXIT_OK;
  }
  const row = findCommand(COMMANDS, name === '--version' || name === '-V' ? 'version' : name);
  const command = await describeCommand(row);
  const parsed = await withTeacher(row, () => parseOptions(args, command.options, command.words));
  if (parsed.help) {
    await cli.output.line(commandHelp(command, cli.output.stdout).join('\n'));
    return EXIT_OK;
  }
  const { options, words, place } = parsed;
  const invocation = { options, words, place, cli, commands: COMMANDS };
  return withTeacher(row, () => command.run(invocation));
}

/** Adds to a usage error where the command's usage is told. */
async function withTeacher<T>(row: CommandRow, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError) || error.advice.length > 0) throw error;
    throw new UsageError(error.message, [`corex help ${row.name} tells how it works`]);
  }
}

async function report(error: unknown, { output, env }: Cli): Promise<number> {
  if (error instanceof OutputClosed) return exitCodeOfSignal('SIGPIPE');
  const { paint } = output.stderr;
  const advice = error instanceof CliError ? error.advice : [];
  const lines = [`${paint('bad', 'corex:')} ${errorMessage(error)}`, ...advice.map((line) => `       ${line}`)];
  if (env['COREX_DEBUG'] === '1' && error instanceof Error) lines.push(stackOf(error));
  await output.write('stderr', `${lines.join('\n')}\n`);
  return exitCodeOfError(error);
}

function exitCodeOfError(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  return isAgentError(error) && error.code === 'disconnected' ? EXIT_AGENT_TROUBLE : EXIT_FAILURE;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

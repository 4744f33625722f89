import type { Client } from '../../client/client.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { JobResult } from '../../protocol/result.ts';
import { answerLines } from '../answer-lines.ts';
import { readCallArguments, type ArgumentsSchema } from '../call-arguments.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK, exitCodeOfResult } from '../exit-codes.ts';
import { resultLines } from '../result-lines.ts';
import { withAgent } from '../with-agent.ts';

export const call = defineCommand({
  usage: ['call [options] COMMAND [JSON]', 'call [options] COMMAND KEY=VALUE…', 'call [options]'],
  details: [
    'Calls any command of the agent and shows its answer: what the other commands of the CLI do in their own words, and all the rest. Without a COMMAND all are listed; docs/generated/builtins.md tells of each.',
    'Arguments are one JSON object, or words such as pid=1; a value that is no text is read as JSON. A command that makes a job is waited for, and exits as `corex wait` does.',
  ],
  options: {
    timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'let the agent stop it after this time' },
    ...AGENT_OPTIONS,
  },
  words: { max: Number.POSITIVE_INFINITY },
  examples: [
    { line: 'corex call info.mem', does: 'The memory of the agent’s machine.' },
    { line: 'corex call process.list name=node', does: 'Processes of that name, and their jobs.' },
    { line: 'corex call port.wait \'{"port": 5432, "timeout": 30}\'', does: 'Wait until a port accepts.' },
    { line: 'corex call --json info.disk | jq .[].mountpoint', does: 'For programs.' },
  ],
  run: async ({ options, words: [name, ...words], cli }) =>
    withAgent(options, cli, async (client) => {
      const commands = await client.agent.commands();
      if (name === undefined) {
        const rows = commands.map(({ name: command, sort, summary }) => ({ command, sort, summary }));
        await show(rows, options.json, cli);
        return EXIT_OK;
      }
      const known = commands.find((command) => command.name === name);
      if (known === undefined) throw unknownCommand(name, commands);
      const args = readCallArguments(words, known.arguments as ArgumentsSchema);
      const limit = options.timeout === undefined ? {} : { maxTime: options.timeout };
      if (known.sort === 'job') return await runJob(client, name, args, options, cli);
      await show(await client.call(name, args, limit), options.json, cli);
      return EXIT_OK;
    }),
});

async function show(answer: unknown, asJson: boolean, { output }: Cli): Promise<void> {
  if (asJson) {
    await output.json(answer ?? null);
    return;
  }
  const lines = await answerLines(answer, output.stdout);
  if (lines.length > 0) await output.line(lines.join('\n'));
}

/** What is a job answers with its data, if it has any; else with what it said. */
async function runJob(
  client: Client,
  name: string,
  args: unknown,
  { json, timeout }: { readonly json: boolean; readonly timeout: number | undefined },
  { output }: Cli,
): Promise<number> {
  const job = client.run({
    command: name,
    ...(args === undefined ? {} : { arguments: args }),
    ...(timeout === undefined ? {} : { max_time: timeout }),
  });
  await job.accepted;
  const result: JobResult = await job.result();
  if (json) await output.json(result);
  else await output.line(resultLines(result, output.stdout.paint).join('\n'));
  return exitCodeOfResult(result);
}

function unknownCommand(name: string, commands: readonly { readonly name: string }[]): AgentError {
  const nearest = nearestName(
    name,
    commands.map((command) => command.name),
  );
  const hint = nearest === undefined ? '"corex call" lists all' : `did you mean "${nearest}"?`;
  return new AgentError('unknown-command', `Cannot call "${name}": the agent has no such command, ${hint}`);
}

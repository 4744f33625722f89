/** The page of the command line. */
import { describeCommands } from '../../src/cli/command-table.ts';
import { COMMAND_GROUPS } from '../../src/cli/cli-command.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { optionLines } from '../../src/cli/help.ts';
import { code, page, sentence, table } from './markdown.ts';

type Described = Awaited<ReturnType<typeof describeCommands>>[number];

export async function cliPage(): Promise<string> {
  const commands = await describeCommands();
  return page(
    'Command line',
    table(
      ['command', 'does', 'group'],
      commands.map(({ name, summary, group }) => [
        `[${code(`corex ${name}`)}](#corex-${name})`,
        sentence(summary),
        COMMAND_GROUPS[group],
      ]),
    ),
    ...commands.flatMap(section),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      EXIT_CODES.map(({ code: number, meaning }) => [code(number), sentence(meaning)]),
    ),
  );
}

function section(command: Described): string[] {
  return [
    `## corex ${command.name}`,
    sentence(command.summary),
    ['```', ...command.usage.map((form) => `corex ${form}`), '```'].join('\n'),
    ...(command.details ?? []),
    table(
      ['option', 'does'],
      optionLines(command).map(([term, text]) => [code(term.trim()), sentence(text)]),
    ),
    command.examples.map(({ line, does }) => `- ${code(line)}: ${does}`).join('\n'),
  ];
}

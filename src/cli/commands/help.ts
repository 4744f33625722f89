import { defineCommand, describeCommand } from '../cli-command.ts';
import { JSON_OPTION } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findCommand } from '../find-command.ts';
import { commandHelp, overview } from '../help.ts';

export const help = defineCommand({
  usage: ['help', 'help COMMAND'],
  options: JSON_OPTION,
  words: { max: 1 },
  examples: [
    { line: 'corex help run', does: 'The options of `run`, with examples.' },
    { line: 'corex help --json', does: 'Every command with its options, for programs.' },
  ],
  run: async ({ options, words, cli: { output }, commands }) => {
    const [name] = words;
    const rows = name === undefined ? commands : [findCommand(commands, name)];
    if (options.json) {
      await output.json({ commands: await Promise.all(rows.map((row) => describeCommand(row))) });
      return EXIT_OK;
    }
    const [row] = rows;
    const lines =
      name === undefined || row === undefined
        ? overview(commands, output.stdout)
        : commandHelp(await describeCommand(row), output.stdout);
    await output.line(lines.join('\n'));
    return EXIT_OK;
  },
});

import { defineCommand, describeCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { bashScript } from '../completion/bash-script.ts';
import { candidates } from '../completion/candidates.ts';
import { describeCompletion, DYNAMIC_KINDS, type CompletedCommand } from '../completion/describe-completion.ts';
import { fishScript } from '../completion/fish-script.ts';
import { zshScript } from '../completion/zsh-script.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';

const { dataDir, url, tokenFile } = AGENT_OPTIONS;

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export const completion = defineCommand({
  usage: ['completion bash|zsh|fish'],
  details: [
    'The script completes commands, options and their values, and asks the agent for what it knows: jobs, queues, tags, commands, containers, images, networks. When none answers within 0.7 s there are none to choose from.',
    'bash: source <(corex completion bash). zsh: corex completion zsh >"${fpath[1]}/_corex". fish: corex completion fish >~/.config/fish/completions/corex.fish.',
  ],
  options: {
    candidates: {
      type: 'text',
      value: 'KIND',
      choices: DYNAMIC_KINDS,
      summary: 'print names the agent knows, one a line, instead; for the scripts',
    },
    prefix: { type: 'text', value: 'TEXT', summary: 'with --candidates: only those that begin so' },
    dataDir,
    url,
    tokenFile,
  },
  words: { max: 1 },
  examples: [{ line: 'corex completion bash', does: 'The script for bash.' }],
  run: async ({ options, words: [shell], cli, commands }) => {
    const kind = DYNAMIC_KINDS.find((known) => known === options.candidates);
    if (kind !== undefined) {
      const names = await candidates(kind, options.prefix ?? '', options, cli);
      if (names.length > 0) await cli.output.line(names.join('\n'));
      return EXIT_OK;
    }
    if (shell === undefined)
      throw new UsageError(`Cannot read the command line: one of ${SHELLS.join(', ')} is wanted`);
    const described = await Promise.all(commands.map((row) => describeCommand(row)));
    await cli.output.write('stdout', SCRIPTS[findAction(SHELLS, shell)](describeCompletion(described)));
    return EXIT_OK;
  },
});

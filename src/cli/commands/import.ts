import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ConvertedStartup, IMPORT_FORMATS, importStartup } from '../../agent/import/import-startup.ts';
import { explained } from '../agent-config.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';

export const importCommand = defineCommand({
  usage: ['import pm2|supervisord FILE [options]'],
  details: [
    'Converts the configuration of another process manager into entries of the startup (`[startup.ID]`) and prints them. Nothing is started and no agent is needed. What could not be carried over, or means something else, stands with its reason in comments and on standard error.',
    'pm2: ecosystem.config.js, .cjs, .mjs, .json, .yaml. A file of JavaScript is run, by your user, in a process of its own that is given ten seconds; you are told. supervisord: its INI file with all it includes.',
    'Put the result into a directory that "startup.include" of the agent’s configuration names, then run “corex startup reload”.',
  ],
  options: {
    write: {
      type: 'flag',
      summary: 'write it to a file beside FILE, named like it with .toml, instead of printing it',
    },
    output: { type: 'text', short: 'o', value: 'PATH', summary: 'write it to this file' },
    force: { type: 'flag', short: 'f', summary: 'overwrite the file' },
    env: { type: 'text', value: 'NAME', summary: 'pm2: take in env_NAME, as “pm2 start --env NAME” does' },
  },
  words: { min: 2, max: 2 },
  examples: [
    { line: 'corex import pm2 ecosystem.config.js', does: 'Show what it becomes.' },
    {
      line: 'corex import supervisord /etc/supervisor/supervisord.conf -o /etc/corex/startup.d/services.toml',
      does: 'Write it where the agent looks for it.',
    },
  ],
  run: async ({ options, words: [formatWord = '', name = ''], cli }) => {
    const format = findAction(IMPORT_FORMATS, formatWord);
    const file = path.resolve(cli.directory, name);
    const target = targetOf(options, file, cli.directory);
    if (target !== undefined && existsSync(target) && !options.force) {
      throw new CliError(`Cannot write "${target}": it exists`, { advice: ['--force overwrites it'] });
    }
    const onEvaluate = (): Promise<void> => cli.output.note(`"${file}" is run to see what it exports`);
    const converted = await convert({ format, file, env: cli.env, environment: options.env, onEvaluate });
    await tell(converted, cli);
    if (target === undefined) await cli.output.write('stdout', converted.toml);
    else {
      await save(target, converted.toml);
      await cli.output.note(`${String(converted.entries.length)} entries are in "${target}"`);
    }
    return EXIT_OK;
  },
});

function targetOf(options: { write: boolean; output: string | undefined }, file: string, directory: string) {
  if (options.output !== undefined) return path.resolve(directory, options.output);
  return options.write ? path.join(path.dirname(file), `${path.parse(file).name}.toml`) : undefined;
}

async function convert(options: Parameters<typeof importStartup>[0]): Promise<ConvertedStartup> {
  try {
    return await importStartup(options);
  } catch (error) {
    throw explained(error);
  }
}

async function tell({ entries, notes }: ConvertedStartup, { output }: Cli): Promise<void> {
  for (const note of notes) await output.note(note);
  for (const { id, notes: own } of entries) for (const note of own) await output.note(`${id}: ${note}`);
}

/** It may hold passwords that stood in variables: it is its owner's alone. */
async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new CliError(`Cannot write "${file}": ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

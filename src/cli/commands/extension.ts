import { defineCommand, type OptionValues } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { chosenDataDir } from '../agent-address.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { addManifests, askLocalAgent, removeAdded, type Trial, tryCommand, tryFile } from '../extension/actions.ts';
import { argumentsOfWords } from '../extension/argument-words.ts';
import { EXTENSION_COLUMNS, type ExtensionEntry } from '../extension/extension-rows.ts';
import { shownCommand } from '../extension/shown-command.ts';
import { findAction } from '../find-action.ts';
import { followStyle, followToTheEnd, stopOnInterrupt } from '../follow-job.ts';
import { refusalToExit, tellEnd } from '../job-end.ts';
import { tableLines } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const OPTIONS = {
  run: { type: 'flag', summary: 'test: run it, too, and exit as it did' },
  replace: { type: 'flag', summary: 'add: exchange one that was added before' },
  ...AGENT_OPTIONS,
} as const;

type Options = OptionValues<typeof OPTIONS>;

const ACTIONS = ['list', 'add', 'remove', 'reload', 'test'] as const;

export const extension = defineCommand({
  usage: [
    'extension [list] [options]',
    'extension add FILE|DIR [--replace] [options]',
    'extension remove NAME [options]',
    'extension reload [options]',
    'extension test NAME|FILE [KEY=VALUE…] [--run] [options]',
  ],
  details: [
    'An extension is a command that runs a program, described by a file NAME.toml. `add` checks files and copies them into the data directory; a running agent takes them at once. What runs goes on as it was started.',
    '`test` checks arguments and shows what would be run, word by word; with --run it runs it. A FILE need not be added. KEY=VALUE is a text, number or truth as the parameter says; a list has a word for each item; KEY:=JSON is any value.',
  ],
  options: OPTIONS,
  words: { max: 1000 },
  examples: [
    { line: 'corex extension', does: 'All extensions, and what is wrong with those that failed.' },
    { line: 'corex extension test ./deploy.toml target=web --run', does: 'Try one before adding it.' },
    { line: 'corex extension add ./deploy.toml', does: 'Add it; `corex run --command deploy` runs it.' },
  ],
  run: async ({ options, words: [word = 'list', name, ...rest], cli }) => {
    const action = findAction(ACTIONS, word);
    const takesName = action !== 'list' && action !== 'reload';
    if (takesName && name === undefined) throw new UsageError(`Cannot ${action} an extension: its name is missing`);
    const excess = takesName ? (action === 'test' ? undefined : rest[0]) : name;
    if (excess !== undefined) throw new UsageError(`Cannot read the command line: "${excess}" is one word too many`);
    if (options.run && action !== 'test')
      throw new UsageError('Cannot use --run here: "corex extension test" takes it');
    if (options.replace && action !== 'add') {
      throw new UsageError('Cannot use --replace here: "corex extension add" takes it');
    }
    switch (action) {
      case 'list':
        return list(options, cli);
      case 'reload':
        return reload(options, cli);
      case 'add':
        return add(name ?? '', options, cli);
      case 'remove':
        return remove(name ?? '', options, cli);
      case 'test':
        return test(name ?? '', rest, options, cli);
    }
  },
});

async function list(options: Options, cli: Cli): Promise<number> {
  const entries = (await withAgent(options, cli, (client) => client.call('extension.list'))) as ExtensionEntry[];
  if (options.json) await cli.output.json({ extensions: entries });
  else await cli.output.line((await tableLines(EXTENSION_COLUMNS, entries, cli.output.stdout)).join('\n'));
  return EXIT_OK;
}

async function reload(options: Options, cli: Cli): Promise<number> {
  const changes = await withAgent(options, cli, (client) => client.call('extension.reload'));
  if (options.json) {
    await cli.output.json(changes);
    return EXIT_OK;
  }
  const lines = Object.entries(changes as Record<string, readonly string[]>)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(' ')}`);
  await cli.output.line(lines.length === 0 ? 'Nothing changed.' : lines.join('\n'));
  return EXIT_OK;
}

async function add(place: string, options: Options, cli: Cli): Promise<number> {
  const dataDir = chosenDataDir(options.dataDir, cli);
  const manifests = await addManifests(inDirectory(place, cli), dataDir, options.replace);
  const names = manifests.map(({ name }) => name);
  const warnings = manifests.flatMap((manifest) => manifest.warnings.map((text) => `${manifest.name}: ${text}`));
  for (const warning of warnings) await cli.output.note(`corex: ${warning}`);
  return await tellTaken(names, dataDir, options, cli, { added: names, warnings });
}

async function remove(name: string, options: Options, cli: Cli): Promise<number> {
  const dataDir = chosenDataDir(options.dataDir, cli);
  await removeAdded(name, dataDir);
  return await tellTaken([], dataDir, options, cli, { removed: [name] });
}

/** What an agent makes of the change. Exits with 1 when it can't use what was added, as with a name that is taken. */
async function tellTaken(
  names: readonly string[],
  dataDir: string,
  { json }: Options,
  { output }: Cli,
  facts: object,
): Promise<number> {
  const { entries } = await askLocalAgent(dataDir);
  const failed = entries?.filter((entry) => names.includes(entry.name) && entry.state === 'failed') ?? [];
  if (json) await output.json({ ...facts, taken: entries !== undefined, failed });
  else {
    for (const { reason } of failed)
      await output.write('stderr', `${output.stderr.paint('bad', 'corex:')} ${reason ?? ''}\n`);
    if (failed.length === 0) {
      await output.note(
        entries === undefined ? 'corex: no agent runs; the next one takes it' : 'corex: the running agent takes it now',
      );
    }
  }
  return failed.length === 0 ? EXIT_OK : EXIT_FAILURE;
}

async function test(name: string, words: readonly string[], options: Options, cli: Cli): Promise<number> {
  const readArguments = (schema: unknown): Record<string, unknown> => argumentsOfWords(words, schema);
  const isFile = name.includes('/') || name.endsWith('.toml');
  if (!isFile) {
    return await withAgent(options, cli, async (client) => {
      const trial = await tryCommand(client, name, readArguments);
      return options.run ? await runTrial(trial, options, cli) : await showTrial(trial, options, cli);
    });
  }
  const trial = await tryFile(inDirectory(name, cli), readArguments);
  return options.run ? await runTrial(trial, options, cli) : await showTrial(trial, options, cli);
}

async function showTrial({ resolved, warnings }: Trial, { json }: Options, { output }: Cli): Promise<number> {
  if (json) {
    await output.json({ command: 'core.system', arguments: resolved, warnings });
    return EXIT_OK;
  }
  await output.line(shownCommand(resolved, output.stdout.paint).join('\n'));
  for (const warning of warnings) await output.note(`corex: ${warning}`);
  return EXIT_OK;
}

async function runTrial({ command, arguments: args }: Trial, options: Options, cli: Cli): Promise<number> {
  const style = followStyle(cli, false);
  return await withAgent(options, cli, async (client) => {
    const job = client.run({ command, arguments: args });
    using _interrupts = stopOnInterrupt(job, cli, style);
    if (!options.json) await followToTheEnd(job, cli, style);
    return await tellEnd(await job.result(), options.json, cli);
  }).catch(refusalToExit);
}

function inDirectory(file: string, { directory }: Cli): string {
  if (file === '') throw new CliError('Cannot use a manifest without a name');
  return file.startsWith('/') ? file : `${directory}/${file}`;
}

/** What `corex extension` does. */
import path from 'node:path';
import {
  addManifest,
  hasManifest,
  type LocalManifest,
  readLocalManifests,
  removeManifest,
} from '../../agent/local-manifest.ts';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/client.ts';
import { findLocalAgent } from '../../client/find-local-agent.ts';
import type { ExtensionEntry } from './extension-rows.ts';
import { CliError } from '../cli-error.ts';
import { errorMessage } from '../../protocol/agent-error.ts';

/** A command and what it would run. */
export interface Trial {
  /** What runs it: the command itself, or `core.system` for a manifest that was not added. */
  readonly command: string;
  readonly arguments: unknown;
  /** Arguments of `core.system`. */
  readonly resolved: unknown;
  readonly warnings: readonly string[];
}

/** What an agent that runs made of a change to the manifests. */
export interface Taken {
  /** Undefined: no agent runs. */
  readonly entries: readonly ExtensionEntry[] | undefined;
}

/** Copies manifests into the data directory, all or none. Errors: CliError. */
export async function addManifests(place: string, dataDir: string, mayReplace: boolean): Promise<LocalManifest[]> {
  const manifests = await local(place);
  for (const { name, file, relative } of manifests) {
    if (relative !== undefined) {
      throw new CliError(
        `Cannot add "${file}": ${relative} begins where the file is, and would not when it is copied`,
        {
          advice: ['Write the path in full, or list the directory in [extensions] directories = […]'],
        },
      );
    }
    if (!mayReplace && (await hasManifest(dataDir, name))) {
      throw new CliError(`Cannot add "${name}": it was added before`, { advice: ['--replace exchanges it'] });
    }
  }
  for (const manifest of manifests) await addManifest(dataDir, manifest);
  return manifests;
}

/** Errors: CliError when none of this name was added, telling where it is from if an agent has it. */
export async function removeAdded(name: string, dataDir: string): Promise<void> {
  if (await removeManifest(dataDir, name)) return;
  const { entries } = await askLocalAgent(dataDir, false);
  const source = entries?.find((entry) => entry.name === name)?.source;
  throw new CliError(`Cannot remove "${name}": it was not added to "${dataDir}"`, {
    advice: source === undefined ? [] : [`It is from ${source}`],
  });
}

/** Asks the agent of a data directory for its extensions, when one runs; before that lets it read them again. */
export async function askLocalAgent(dataDir: string, mustReload = true): Promise<Taken> {
  const agent = await findLocalAgent({ dataDir });
  if (agent === undefined) return { entries: undefined };
  try {
    await using client = await connect(agent.url, {
      reconnect: false,
      ...(agent.token === undefined ? {} : { token: agent.token }),
    });
    if (mustReload) await client.call('extension.reload');
    return { entries: (await client.call('extension.list')) as ExtensionEntry[] };
  } catch (error) {
    throw new CliError(`Cannot let the agent read its extensions again: ${errorMessage(error)}`, { cause: error });
  }
}

/** What a manifest that need not be added would run. Errors: CliError. */
export async function tryFile(file: string, readArguments: (schema: unknown) => unknown): Promise<Trial> {
  const [manifest, another] = await local(file);
  if (manifest === undefined || another !== undefined) throw new CliError(`Cannot test "${file}": it is no manifest`);
  const args = readArguments(manifest.schema) as Parameters<LocalManifest['resolve']>[0];
  const resolved = manifest.resolve(args);
  return { command: 'core.system', arguments: resolved, resolved, warnings: manifest.warnings };
}

/** What a command of the agent's would run. Errors: AgentError. */
export async function tryCommand(
  client: Client,
  command: string,
  readArguments: (schema: unknown) => unknown,
): Promise<Trial> {
  const commands = await client.agent.commands();
  const args = readArguments(commands.find(({ name }) => name === command)?.arguments);
  const answer = (await client.call('extension.test', { command, arguments: args })) as { readonly arguments: unknown };
  const entries = (await client.call('extension.list')) as ExtensionEntry[];
  const warnings = entries.find((entry) => entry.commands.includes(command))?.warnings ?? [];
  return { command, arguments: args, resolved: answer.arguments, warnings };
}

async function local(place: string): Promise<LocalManifest[]> {
  return await readLocalManifests(path.resolve(place));
}

/** Makes commands of manifests, without registering them. */
import { stat } from 'node:fs/promises';
import process from 'node:process';
import type { CommandDescription } from '../engine/builtin.ts';
import type { ProcessFactory } from '../engine/process.ts';
import { askProgram } from '../host/ask-program.ts';
import { childEnvironment } from '../host/child-environment.ts';
import { resolveProgram } from '../host/resolve-program.ts';
import { describeExtension, extensionKind, resolveExtension } from '../kinds/extension/extension-process.ts';
import { readManifest } from '../kinds/extension/manifest.ts';
import {
  describePluginCommand,
  type Plugin,
  type PluginExport,
  pluginKind,
  readExports,
  readPlugin,
  resolvePlugin,
} from '../kinds/extension/plugin.ts';
import { secretsIn } from '../kinds/extension/secret-names.ts';
import type { SystemArguments } from '../kinds/system/system-arguments.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import type { Environment } from './config-sources.ts';
import type { FoundManifest } from './manifest-files.ts';

/** One command that a manifest makes. */
export interface PreparedCommand {
  readonly description: CommandDescription;
  readonly make: (system: ProcessFactory) => ProcessFactory;
  /** Errors: AgentError `bad-arguments`. */
  readonly resolve: (args: Command['args']) => SystemArguments;
}

export interface PreparedManifest {
  readonly summary: string;
  readonly commands: readonly PreparedCommand[];
  readonly warnings: readonly string[];
}

/** A program gets so long to say what it exports, and so much to say it with. */
const ASK_TIMEOUT_MS = 5000;
const ASK_BYTES = 1024 * 1024;

/** Errors: AgentError `bad-arguments` with why the manifest can't be used. */
export async function prepareManifest(found: FoundManifest, environment: Environment): Promise<PreparedManifest> {
  const { sort, name, content } = found;
  if ('trouble' in content) {
    throw new AgentError(
      'bad-arguments',
      sort === 'directory' ? content.trouble : `Cannot use the extension "${name}": ${content.trouble}`,
    );
  }
  return sort === 'plugin' ? preparePlugin(found, content.value, environment) : prepareExtension(found, content.value);
}

/** What of a manifest's surroundings makes it another one: a plugin's program may export something else by now. */
export async function fingerprintOf({ sort, name, source, directory, content }: FoundManifest): Promise<string> {
  const own = JSON.stringify([sort, name, source, directory, content]);
  if (sort !== 'plugin' || 'trouble' in content) return own;
  try {
    const { program, exports } = readPlugin(content.value, { name, directory });
    if (exports !== undefined) return own;
    const { size, mtimeMs } = await stat(program);
    return `${own} ${size} ${mtimeMs}`;
  } catch {
    return own;
  }
}

function prepareExtension({ name, directory }: FoundManifest, value: unknown): PreparedManifest {
  const extension = readManifest(value, { name, directory });
  const command = {
    description: describeExtension(extension),
    make: (system: ProcessFactory) => extensionKind(extension, system),
    resolve: (args: Command['args']) => resolveExtension(extension, args),
  };
  return { summary: extension.summary, commands: [command], warnings: extension.warnings };
}

async function preparePlugin(
  { name, directory }: FoundManifest,
  value: unknown,
  environment: Environment,
): Promise<PreparedManifest> {
  const plugin = readPlugin(value, { name, directory });
  const exports = plugin.exports ?? (await askForExports(plugin, environment));
  return {
    summary: `Commands of "${plugin.program}".`,
    commands: exports.map((exported) => pluginCommand(plugin, exported)),
    warnings: exports.length === 0 ? ['it exports no command'] : [],
  };
}

function pluginCommand(plugin: Plugin, exported: PluginExport): PreparedCommand {
  return {
    description: describePluginCommand(plugin, exported),
    make: (system) => pluginKind(plugin, exported, system),
    resolve: (args) => resolvePlugin(plugin, exported, args),
  };
}

async function askForExports(plugin: Plugin, environment: Environment): Promise<readonly PluginExport[]> {
  const { domain, program: name, fixed } = plugin;
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot use the plugin "${domain}": ${why}`);
  };
  const { dir, env: given, secrets: _secrets, redact: _redact, ...confinement } = fixed;
  if (Object.keys(confinement).length > 0) {
    refuse('"exports" has to list its commands, since its program is not run without its limits to be asked for them');
  }
  const texts = Object.values(given ?? {}).map((text) => [{ type: 'text', text } as const]);
  if (secretsIn(texts).length > 0) {
    refuse('"exports" has to list its commands, since its program is not given secrets to be asked for them');
  }
  const env = childEnvironment({ own: environment, given: given ?? {}, jobId: '' });
  const args = ['--exports'];
  const cwd = dir ?? process.cwd();
  const resolved = await resolveProgram({ name, args, env, cwd });
  if (resolved.type === 'failed') return refuse(resolved.message);
  const { program } = resolved;
  const answer = await askProgram({ program, args, env, cwd, timeoutMs: ASK_TIMEOUT_MS, maxBytes: ASK_BYTES });
  if (answer.type === 'failed') return refuse(`asked by "--exports" what it exports, ${answer.why}; or list "exports"`);
  return readExports(domain, answer.stdout);
}

/** Plugins: programs that export several commands. `<domain>.<export>` runs `program <export> '<arguments as JSON>'`. */
import * as z from 'zod';
import { parseJson } from '../../base/json.ts';
import { isCommandName } from '../../engine/command-table.ts';
import type { CommandDescription } from '../../engine/builtin.ts';
import type { ProcessFactory } from '../../engine/process.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { Command, WireCommand } from '../../protocol/command.ts';
import type { SystemArguments } from '../system/system-arguments.ts';
import { callTitle } from './call-title.ts';
import { derivedKind } from './derived-kind.ts';
import {
  describeManifestIssues,
  FIXED_FIELDS,
  fixedArguments,
  type ManifestOrigin,
  resolveBinary,
} from './manifest.ts';

const ExportName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/i, 'expected letters, digits, "-" and "_"');

/** One command of a plugin, as its configuration or the program itself tells it. */
const PluginExport = z.union(
  [
    ExportName.transform((name) => ({ name })),
    z.strictObject({
      name: ExportName,
      summary: z.string().min(1).max(500).optional().describe('One sentence: what it does.'),
      arguments: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('JSON Schema of its arguments, for `command.list`.'),
    }),
  ],
  { error: 'expected a name of letters, digits, "-" and "_", or { name, summary?, arguments? }' },
);
export interface PluginExport {
  readonly name: string;
  readonly summary?: string | undefined;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

const PluginExports = z
  .array(PluginExport)
  .max(1000)
  .refine((exports) => new Set(exports.map(({ name }) => name)).size === exports.length, 'a name stands twice');

export const PluginManifest = z.strictObject({
  path: z.string().min(1).describe('The program: a name looked for in PATH, or a path, relative to the configuration.'),
  queue: z
    .boolean()
    .default(false)
    .describe('One command of the plugin at a time: all of them go through the queue named as the plugin.'),
  exports: PluginExports.optional().describe(
    'Its commands. Default: what the program answers when called with `--exports`.',
  ),
  cwd: z.string().optional().describe('Its working directory, relative to the configuration. Default: the agent’s.'),
  env: z.record(z.string(), z.string()).default({}).describe('Variables, beside those that every program gets.'),
  ...FIXED_FIELDS,
});

export interface Plugin {
  readonly domain: string;
  /** A name looked for in PATH, or an absolute path. */
  readonly program: string;
  readonly queue: boolean;
  /** Undefined: the program has to be asked. */
  readonly exports: readonly PluginExport[] | undefined;
  /** What else it is started with. */
  readonly fixed: Partial<SystemArguments>;
  readonly defaults: Partial<WireCommand>;
}

/** Reads `[plugin.<domain>]`. Errors: AgentError `bad-arguments` with every reason it can't be used. */
export function readPlugin(value: unknown, { name, directory }: ManifestOrigin): Plugin {
  const parsed = PluginManifest.safeParse(value);
  const trouble = isCommandName(name) ? undefined : 'its name is letters, digits, "-" and "_" in parts joined by dots';
  if (trouble !== undefined || !parsed.success) {
    const why = parsed.error === undefined ? trouble : describeManifestIssues(parsed.error, PluginManifest);
    throw new AgentError('bad-arguments', `Cannot use the plugin "${name}": ${why ?? ''}`);
  }
  const { path, queue, exports, cwd, env, defaults } = parsed.data;
  const dir = cwd === undefined ? undefined : resolveBinary(`${cwd}/`, directory);
  return {
    domain: name,
    program: resolveBinary(path, directory),
    queue,
    exports,
    fixed: {
      ...(dir === undefined ? {} : { dir }),
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...fixedArguments(
        parsed.data,
        Object.values(env).map((text) => [{ type: 'text', text }]),
      ),
    },
    defaults,
  };
}

/** What a program answered to `--exports`: a JSON list. Errors: AgentError `bad-arguments`. */
export function readExports(domain: string, text: string): readonly PluginExport[] {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot use the plugin "${domain}": its answer to "--exports" ${why}`);
  };
  const json = parseJson(text);
  if (!json.ok) return refuse(`is no JSON: ${json.message}`);
  const parsed = PluginExports.safeParse(json.value);
  return parsed.success
    ? parsed.data
    : refuse(`is no list of commands: ${describeManifestIssues(parsed.error, PluginManifest)}`);
}

/** The name of a plugin's command. */
function pluginCommand({ domain }: Plugin, { name }: PluginExport): string {
  return `${domain}.${name}`;
}

/** Makes the factory of one command of a plugin. `system`: that of `core.system`. */
export function pluginKind(plugin: Plugin, exported: PluginExport, system: ProcessFactory): ProcessFactory {
  return derivedKind(system, {
    defaults: plugin.defaults,
    ...(plugin.queue ? { forced: { queue: plugin.domain } } : {}),
    derive: ({ args }) => resolvePlugin(plugin, exported, args),
    title: ({ args }) => callTitle(pluginCommand(plugin, exported), args),
  });
}

/** What a plugin's command would run for these arguments. */
export function resolvePlugin(plugin: Plugin, { name }: PluginExport, args: Command['args']): SystemArguments {
  return { name: plugin.program, args: [name, JSON.stringify(args ?? {})], ...plugin.fixed };
}

/** How `command.list` shows a plugin's command. */
export function describePluginCommand(plugin: Plugin, exported: PluginExport): CommandDescription {
  return {
    name: pluginCommand(plugin, exported),
    sort: 'job',
    summary: exported.summary ?? `Runs "${exported.name}" of the plugin "${plugin.domain}".`,
    arguments: exported.arguments ?? {},
  };
}

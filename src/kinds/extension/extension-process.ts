/** The kind of extensions: a configured program, run as `core.system` runs one. */
import type { CommandDescription } from '../../engine/builtin.ts';
import type { ProcessFactory } from '../../engine/process.ts';
import type { Command } from '../../protocol/command.ts';
import type { SystemArguments } from '../system/system-arguments.ts';
import { callTitle } from './call-title.ts';
import { derivedKind } from './derived-kind.ts';
import { argumentsJsonSchema, parseExtensionArguments } from './extension-arguments.ts';
import type { Extension } from './extension.ts';
import { fillArguments } from './fill-arguments.ts';

/** Makes the factory of an extension's command. `system`: that of `core.system`. */
export function extensionKind(extension: Extension, system: ProcessFactory): ProcessFactory {
  return derivedKind(system, {
    defaults: extension.defaults,
    derive: ({ args }) => resolveExtension(extension, args),
    title: ({ args }) => callTitle(extension.name, args),
  });
}

/** What an extension would run for these arguments. Errors: AgentError `bad-arguments`. */
export function resolveExtension(extension: Extension, args: Command['args']): SystemArguments {
  return fillArguments(extension, parseExtensionArguments(extension, args));
}

/** How `command.list` shows an extension. */
export function describeExtension(extension: Extension): CommandDescription {
  const { name, summary } = extension;
  let schema: unknown;
  return {
    name,
    sort: 'job',
    summary,
    // Worked out when somebody asks.
    get arguments() {
      return (schema ??= argumentsJsonSchema(extension));
    },
  };
}

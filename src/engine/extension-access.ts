/** What built-ins may know of extensions and plugins, and do with them. */
import type { JsonValue } from '../base/json.ts';

/** One manifest, as `extension.list` tells of it. */
export interface ExtensionInfo {
  /** The command's name, a plugin's domain, or the path of a directory that can't be read. */
  readonly name: string;
  readonly sort: 'extension' | 'plugin' | 'directory';
  readonly state: 'loaded' | 'failed';
  /** File, or table of the configuration. */
  readonly source: string;
  readonly summary?: string;
  /** The commands it answers to. */
  readonly commands: readonly string[];
  /** Why it failed. Its commands, if there are any, are then those of the version before. */
  readonly reason?: string;
  readonly warnings: readonly string[];
}

/** What reading the manifests again has changed, by name. */
export interface ExtensionChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/** What a command would run. */
export interface ResolvedCommand {
  /** Always `core.system`. */
  readonly command: string;
  readonly arguments: JsonValue;
}

export interface ExtensionAccess {
  list(): readonly ExtensionInfo[];
  /** Reads all manifests again. Jobs that run are not touched. */
  reload(): Promise<ExtensionChanges>;
  /** Errors: AgentError `unknown-command`, `bad-arguments`. */
  resolve(command: string, args: JsonValue | undefined): ResolvedCommand;
}

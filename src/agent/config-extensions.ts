/** `[extensions]`, `[extension.<name>]` and `[plugin.<domain>]`: where the agent's extensions are from. */
import * as z from 'zod';

export const Extensions = z.strictObject({
  directories: z
    .array(z.string().min(1))
    .default([])
    .describe('Directories whose files `<name>.toml` are extensions, beside `extensions/` of the data directory.'),
  shipped: z.boolean().default(true).describe('Whether the extensions that come with corex are there.'),
});

// One that is wrong is told by "extension.list" and hurts no other, so each is looked at by itself.
const Tables = z.record(z.string(), z.unknown()).default({});
export const ExtensionTables = Tables.describe(
  'Extensions, each a manifest as in a file of its own, as docs/extensions.md tells.',
);
export const PluginTables = Tables.describe('Programs that export several commands, as docs/extensions.md tells.');

export interface ExtensionsConfig {
  /** Absolute. */
  readonly directories: readonly string[];
  readonly shipped: boolean;
  /** As they stand in the file, unchecked. */
  readonly manifests: Readonly<Record<string, unknown>>;
  readonly plugins: Readonly<Record<string, unknown>>;
  /** Where relative paths of these begin: the directory of the file. */
  readonly directory: string;
}

/** From the spelling of the file to that of the inside. */
export function extensionsConfig(
  file: {
    readonly extensions: z.infer<typeof Extensions>;
    readonly extension: Readonly<Record<string, unknown>>;
    readonly plugin: Readonly<Record<string, unknown>>;
  },
  resolve: (key: string, value: string) => string,
): ExtensionsConfig {
  const { extensions, extension, plugin } = file;
  return {
    directories: extensions.directories.map((directory) => resolve('extensions.directories', directory)),
    shipped: extensions.shipped,
    manifests: extension,
    plugins: plugin,
    directory: resolve(Object.keys(extension).length > 0 ? 'extension' : 'plugin', '.'),
  };
}

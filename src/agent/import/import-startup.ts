/** Converts the configuration of another process manager into entries of the startup. */
import { availableParallelism, hostname } from 'node:os';
import path from 'node:path';
import { describeIssues } from '../../protocol/command.ts';
import { ConfigError } from '../config-error.ts';
import { STARTUP_ENTRY_KEYS, StartupEntrySection } from '../config-startup.ts';
import type { ImportedStartup } from './imported.ts';
import { convertPm2 } from './pm2/convert-pm2.ts';
import { readPm2File } from './pm2/read-pm2-file.ts';
import { startupToml } from './startup-toml.ts';
import { convertSupervisord } from './supervisord/convert-supervisord.ts';

export const IMPORT_FORMATS = ['pm2', 'supervisord'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportOptions {
  readonly format: ImportFormat;
  /** Absolute. */
  readonly file: string;
  /** Variables of whoever imports. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For `pm2`: which `env_NAME` is taken in. */
  readonly environment?: string | undefined;
  /** Told before the file is run to get at what it holds. */
  readonly onEvaluate: () => Promise<void>;
}

export interface ConvertedStartup extends ImportedStartup {
  /** A file for an included directory, or for the configuration itself. */
  readonly toml: string;
}

/** Errors: ConfigError that says what can't be read or converted. */
export async function importStartup(options: ImportOptions): Promise<ConvertedStartup> {
  const imported = await convert(options);
  for (const { id, section } of imported.entries) {
    const checked = StartupEntrySection.safeParse(section);
    if (checked.success) continue;
    throw new ConfigError(`Cannot convert "${id}": ${describeIssues(checked.error, STARTUP_ENTRY_KEYS)}`);
  }
  const heading = [`Converted by "corex import ${options.format}" from ${options.file}.`];
  return { ...imported, toml: startupToml(imported, heading) };
}

async function convert({ format, file, env, environment, onEvaluate }: ImportOptions): Promise<ImportedStartup> {
  if (format === 'supervisord') return convertSupervisord(file, { hostname: hostname(), env });
  const content = await readPm2File(file, { env, onEvaluate });
  return convertPm2(content, { directory: path.dirname(file), environment, processors: availableParallelism() });
}

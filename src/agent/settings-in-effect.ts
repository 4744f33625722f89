/** The configuration as it was written, for people to look at: each key with who gave it, secrets left out. */
import type { SettingInEffect } from '../engine/machine-access.ts';
import { CENSORED } from '../telemetry/secrets.ts';

/** What of a configuration stands in no file unless somebody wants it otherwise, and paths in full. */
interface FoundSettings {
  readonly agent: {
    readonly name: string;
    readonly dataDir: string;
    readonly runtimeDir: string;
    readonly listen: readonly string[];
  };
  readonly log: { readonly file: string | undefined };
}

/** What was read, before it became a configuration. */
export interface SettingsRead {
  /** By section and key, defaults included. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Who gave a key; undefined: nobody. */
  readonly originOf: (key: string) => string | undefined;
}

/** A configuration does not carry how it was written: whoever has it gets its facts, and nothing else. */
const read = new WeakMap<FoundSettings, SettingsRead>();

const DEFAULT = 'default';
/** Members that are hidden wherever they stand. */
const SECRET_NAME =
  /(^|_)(token|secret|password|passwd|passphrase|credentials?|authorization|cookie|private_?key|api_?key)$/i;
/** Tables whose values may all be secrets. */
const SECRET_TABLES: ReadonlySet<string> = new Set(['env', 'environment', 'headers']);

/** Keeps what a configuration was read from, as long as there is the configuration. */
export function rememberSettings(config: FoundSettings, settings: SettingsRead): void {
  read.set(config, settings);
}

/** Every key of a configuration, `section.key`. Undefined when it was not read but made. */
export function settingsInEffect(config: FoundSettings): Record<string, SettingInEffect> | undefined {
  const settings = read.get(config);
  if (settings === undefined) return undefined;
  const { values, originOf } = settings;
  const found = effectiveValues(config);
  const entries = Object.entries(values).flatMap(([section, content]) =>
    isTable(content)
      ? Object.entries(content).map(([key, value]): [string, unknown] => [`${section}.${key}`, value])
      : [[section, content] as [string, unknown]],
  );
  const all = new Map([...entries, ...found].filter(([, value]) => value !== undefined));
  return Object.fromEntries(
    [...all].map(([key, value]) => [
      key,
      { value: withoutSecrets(key.slice(key.indexOf('.') + 1), value), from: originOf(key) ?? DEFAULT },
    ]),
  );
}

function effectiveValues({ agent, log }: FoundSettings): [string, unknown][] {
  return [
    ['agent.name', agent.name],
    ['agent.data_dir', agent.dataDir],
    ['agent.runtime_dir', agent.runtimeDir],
    ['agent.listen', agent.listen],
    ['log.file', log.file],
  ];
}

function withoutSecrets(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name) && !isTable(value)) return CENSORED;
  if (typeof value === 'string') return hideInText(value);
  if (Array.isArray(value)) {
    // What stands behind a flag such as `--token` is hidden with it.
    return value.map((item, at) => withoutSecrets(flagName(value[at - 1]), item));
  }
  if (!isTable(value)) return value;
  const hides = SECRET_TABLES.has(name);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, hides ? CENSORED : withoutSecrets(key, member)]),
  );
}

function flagName(before: unknown): string {
  const name = typeof before === 'string' ? /^--?([\w-]+)$/.exec(before)?.[1] : undefined;
  return name?.replaceAll('-', '_') ?? '';
}

/** Users and passwords of URLs, and what stands behind `token=`. */
function hideInText(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@?#]*@/gi, `$1${CENSORED}@`)
    .replaceAll(/((?:token|secret|password|passwd|passphrase|api[_-]?key)=)[^\s&]+/gi, `$1${CENSORED}`);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import path from 'node:path';
import type * as z from 'zod';
import { nearestName } from '../base/nearest-name.ts';
import { ConfigError } from './config-error.ts';
import { ConfigFile, QueueSection, SECTIONS } from './config-schema.ts';
import type { Origin, Setting } from './config-sources.ts';
import { STARTUP_ENTRY_KEYS } from './config-startup.ts';

/** An absolute path of what a key holds, relative to who gave it; undefined stays undefined. */
export interface PathResolver {
  (key: string, value: string): string;
  (key: string, value: string | undefined): string | undefined;
}

export interface ReadSettings {
  readonly values: ConfigFile;
  readonly resolve: PathResolver;
  /** How a message calls a key: `"jobs.max" (COREX_JOBS_MAX)`. */
  readonly describe: (key: string) => string;
  /** Who gave a key; undefined: nobody. */
  readonly giverOf: (key: string) => string | undefined;
}

/**
 * Puts settings together, later ones over earlier ones, and holds them against the schema.
 *
 * Errors: ConfigError with every problem, each with its key, its place and its value.
 */
export function readSettings(settings: readonly Setting[], cwd: string): ReadSettings {
  const raw: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const setting of settings) {
    assign(raw, setting.path, setting.value);
    origins.set(setting.path.join('.'), setting.origin);
  }
  const originOf = (key: string): Origin | undefined => origins.get(key) ?? origins.get(key.split('.')[0] ?? '');
  const describe = (key: string): string => {
    const origin = originOf(key);
    return origin === undefined ? `"${key}"` : `"${key}" (${origin.label})`;
  };
  const parsed = ConfigFile.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, raw, describe));
    throw new ConfigError(`Cannot use the configuration: ${problems.join('; ')}`);
  }
  const resolve = (key: string, value: string | undefined): string | undefined =>
    value === undefined ? undefined : path.resolve(originOf(key)?.directory ?? cwd, value);
  const giverOf = (key: string): string | undefined => originOf(key)?.label;
  return { values: parsed.data, resolve: resolve as PathResolver, describe, giverOf };
}

function assign(raw: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  if (second === undefined) {
    define(raw, first, value);
    return;
  }
  // A section that was given as something else than a table was refused already by being assigned whole.
  const section = Object.hasOwn(raw, first) ? raw[first] : undefined;
  if (typeof section === 'object' && section !== null) define(section, second, value);
  else define(raw, first, { [second]: value });
}

/** Assignment that a key named `__proto__` can't turn into something else. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, describe: (key: string) => string): string[] {
  const key = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const full = key === '' ? name : `${key}.${name}`;
      const nearest = nearestName(name, keysBelow(key));
      return `${describe(full)} is unknown${nearest === undefined ? '' : `, did you mean "${nearest}"?`}`;
    });
  }
  const value = issue.path.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name], raw);
  return [
    `${describe(key)} is ${value === undefined ? 'missing' : JSON.stringify(value)}, ${expectation(issue.message)}`,
  ];
}

function keysBelow(key: string): string[] {
  if (key === '') return Object.keys(ConfigFile.shape);
  if (key.startsWith('queues.')) return Object.keys(QueueSection.shape);
  if (key.startsWith('startup.')) return Object.keys(STARTUP_ENTRY_KEYS.shape);
  return Object.hasOwn(SECTIONS, key) ? Object.keys(SECTIONS[key as keyof typeof SECTIONS].shape) : [];
}

/** zod's message without its heading: "expected number, received string". */
function expectation(message: string): string {
  return message.replace(/^(Invalid input|Invalid option|Invalid string|Too small|Too big): /, '');
}

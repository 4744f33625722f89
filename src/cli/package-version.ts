import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { parseTrustedJson } from '../base/json.ts';

/** The version of this package. */
export function packageVersion(): string {
  const file = findPackageJSON('..', import.meta.url);
  if (file === undefined) return 'unknown';
  const { version } = parseTrustedJson(readFileSync(file, 'utf8')) as { readonly version?: string };
  return version ?? 'unknown';
}

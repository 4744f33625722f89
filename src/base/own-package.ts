/** Where this package keeps its files, for code that may run from the sources or from what they were built into. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';

import { parseTrustedJson } from './json.ts';

/** Programs of ours that a process or a thread of its own runs. The build makes a file for each. */
export const OWN_PROGRAMS = [
  'src/host/keeper/main',
  'src/oci/images/unpack/main',
  'src/store/database/thread',
] as const;

const MANIFEST = findPackageJSON('..', import.meta.url);
const IS_SOURCE = import.meta.url.endsWith('.ts');

/** The version of this package; `unknown` when its package.json is not there. */
export function ownVersion(): string {
  if (MANIFEST === undefined) return 'unknown';
  const { version } = parseTrustedJson(readFileSync(MANIFEST, 'utf8')) as { readonly version?: string };
  return version ?? 'unknown';
}

/** The path of a file or directory of this package. Errors: one that says so, when this code was taken out of it. */
export function ownFile(...names: string[]): string {
  if (MANIFEST === undefined) throw new Error('Cannot find the files of corex: its package.json is not there');
  return path.join(path.dirname(MANIFEST), ...names);
}

/** The file of a program, of the same kind as the code that asks: source or built. Errors: as {@link ownFile}. */
export function ownProgram(name: (typeof OWN_PROGRAMS)[number]): string {
  return IS_SOURCE ? ownFile(`${name}.ts`) : ownFile('dist', `${name}.js`);
}

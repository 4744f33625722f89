// Writes docs/generated (or the directory given) from the sources; with --check only says which files are stale, and fails if any is.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generateFiles } from './docs/all-files.ts';
import { staleFiles, writeFiles } from './docs/write-files.ts';

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
const directory = positionals[0] ?? path.join(import.meta.dirname, '../docs/generated');
const nameOf = (file: string): string => {
  const full = path.join(directory, file);
  const relative = path.relative('.', full);
  return relative.startsWith('..') ? full : relative;
};

const files = await generateFiles();
if (values.check === true) {
  const stale = staleFiles(directory, files);
  for (const file of stale) process.stderr.write(`${nameOf(file)} is stale: run "npm run docs"\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const file of writeFiles(directory, files)) process.stdout.write(`${nameOf(file)}\n`);
}

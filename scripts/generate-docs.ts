// Writes docs/generated from the sources; with --check only says which files are stale, and fails if any is.
import path from 'node:path';
import { generateFiles } from './docs/all-files.ts';
import { staleFiles, writeFiles } from './docs/write-files.ts';

const directory = path.join(import.meta.dirname, '../docs/generated');
const files = await generateFiles();

if (process.argv.includes('--check')) {
  const stale = staleFiles(directory, files);
  for (const name of stale) process.stderr.write(`docs/generated/${name} is stale: run "npm run docs"\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const name of writeFiles(directory, files)) process.stdout.write(`docs/generated/${name}\n`);
}

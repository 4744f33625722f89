import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Names of the files in the directory that are missing, differ, or should not be there; sorted. */
export function staleFiles(directory: string, files: ReadonlyMap<string, string>): string[] {
  const stale = [...files].filter(([name, content]) => readIfThere(path.join(directory, name)) !== content);
  return [...stale.map(([name]) => name), ...strangers(directory, files)].sort();
}

/** Makes the directory hold exactly these files; answers the names of those it touched. */
export function writeFiles(directory: string, files: ReadonlyMap<string, string>): string[] {
  mkdirSync(directory, { recursive: true });
  const stale = staleFiles(directory, files);
  for (const name of stale) {
    const content = files.get(name);
    if (content === undefined) rmSync(path.join(directory, name));
    else writeFileSync(path.join(directory, name), content);
  }
  return stale;
}

function strangers(directory: string, files: ReadonlyMap<string, string>): string[] {
  try {
    return readdirSync(directory).filter((name) => !files.has(name));
  } catch {
    return [];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

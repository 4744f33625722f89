import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where a program is on the search path, which `requires()` has looked at before. */
export function programPath(name: string): string {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = directories.map((directory) => path.join(directory, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`There is no ${name} on the search path`);
  return found;
}

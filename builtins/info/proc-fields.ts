import { readFile } from 'node:fs/promises';

/** A small file of the kernel or the system, without the newline at its end. Undefined when it is not there or not ours to read. */
export async function readSmall(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trimEnd();
  } catch {
    return undefined;
  }
}

/** Lines such as `MemTotal:   16384 kB`, by what stands before the separator. The first of a name wins. */
export function readFields(text: string, separator: ':' | '='): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(separator);
    const name = line.slice(0, Math.max(0, at)).trim();
    if (at > 0 && !fields.has(name)) fields.set(name, line.slice(at + 1).trim());
  }
  return fields;
}

/** A number, or nothing where there is none. */
export function asNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What part of a whole is, in percent with one digit behind the point. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10;
}

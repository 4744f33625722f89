/** One control group as the directory it is. Nothing blocks; what is gone is empty. */
import { constants } from 'node:fs';
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Every process in a control group and those below it. */
export async function processesIn(directory: string): Promise<number[]> {
  const own = (await readKernelFile(directory, 'cgroup.procs')).split('\n').filter((line) => line !== '');
  const below = await Promise.all((await groupsIn(directory)).map((name) => processesIn(path.join(directory, name))));
  return [...own.map(Number), ...below.flat()];
}

/** The names of the control groups right below one. */
export async function groupsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** What a file of a control group says; empty when there is no such file. */
export async function readKernelFile(directory: string, name: string): Promise<string> {
  return await readFile(path.join(directory, name), 'utf8').catch(() => '');
}

/** The number that stands after a word at the beginning of a line; 0 when there is none. */
export async function readKernelNumber(directory: string, name: string, word: string): Promise<number> {
  const line = (await readKernelFile(directory, name)).split('\n').find((text) => text.startsWith(`${word} `));
  return Number(line?.slice(word.length + 1) ?? 0);
}

/** Writes a file of a control group. Resolves to false when the kernel has no such file or refuses. */
export async function tryToWrite(directory: string, name: string, text: string): Promise<boolean> {
  try {
    await writeFile(path.join(directory, name), text, { flag: constants.O_WRONLY });
    return true;
  } catch {
    return false;
  }
}

/** Removes a control group and all below it; they must be without processes. Resolves to false when some remains. */
export async function removeGroup(directory: string): Promise<boolean> {
  for (const name of await groupsIn(directory)) await removeGroup(path.join(directory, name));
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

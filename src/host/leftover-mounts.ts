/** Mounts that are left of somebody who ended before unmounting them. */
import { readFile } from 'node:fs/promises';
import { runHelper } from './helper-program.ts';
import { findSystemProgram } from './system-program.ts';

/** Absolute paths of all mounts below a directory, the innermost first. */
export async function mountsBelow(directory: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((target) => target.startsWith(`${directory}/`))
    .toReversed();
}

/** Takes them away; gives those it could not take away. What uses one keeps it until it ends. */
export async function unmountBelow(directory: string, signal: AbortSignal): Promise<string[]> {
  const targets = await mountsBelow(directory);
  if (targets.length === 0) return [];
  const program = await findSystemProgram('umount');
  if (program === undefined) return targets;
  await runHelper({ program, args: ['--lazy', '--', ...targets], env: {}, cwd: '/', signal });
  return await mountsBelow(directory);
}

/** Spaces and the like are written as octal digits. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

import { readFileSync } from 'node:fs';

import type { SpawnFailure } from './launcher.ts';

export interface SpawnArguments {
  /** The program's name or path. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Linux takes no single argument or variable of this many bytes or more (MAX_ARG_STRLEN). */
const SINGLE_LIMIT = 128 * 1024;

/** Whatever the stack limit, this much in all always fits (ARG_MAX). */
const ALWAYS_FITS = 128 * 1024;

/** However large the stack limit, Linux takes no more than three quarters of 8 MiB. */
const NEVER_FITS = 6 * 1024 * 1024;

/** Each argument and variable also takes a pointer. */
const POINTER_BYTES = 8;

/** What the system would refuse in a program's arguments and environment, told precisely; undefined when all is well. */
export function refuseArguments({ name, args, env, cwd }: SpawnArguments): SpawnFailure | undefined {
  const variables = Object.entries(env);
  const named: [string, string][] = [
    ['the program name', name],
    ['the working directory', cwd],
    ...args.map((text, index): [string, string] => [`argument ${String(index + 1)}`, text]),
    ...variables.map(([key, value]): [string, string] => [`variable "${key}"`, `${key}=${value}`]),
  ];
  let total = 0;
  for (const [what, text] of named) {
    if (text.includes('\0')) return refusal(`${what} holds a NUL character`);
    const size = Buffer.byteLength(text) + 1;
    if (size > SINGLE_LIMIT) {
      return refusal(`${what} has ${String(size - 1)} bytes, the limit is ${String(SINGLE_LIMIT - 1)}`);
    }
    total += size + POINTER_BYTES;
  }
  const wrong = variables.find(([key]) => key === '' || key.includes('='));
  if (wrong !== undefined) return refusal(`"${wrong[0]}" is no name for a variable`);
  const limit = total > ALWAYS_FITS ? totalLimit() : ALWAYS_FITS;
  if (total <= limit) return undefined;
  return refusal(`arguments and environment have ${String(total)} bytes, the limit is ${String(limit)}`);
}

function refusal(why: string): SpawnFailure {
  return { type: 'failed', failure: 'bad-arguments', message: `Cannot start the program: ${why}` };
}

/** A quarter of the stack limit, within what the kernel allows at all. */
function totalLimit(): number {
  const [, soft] = /^Max stack size\s+(\d+|unlimited)/m.exec(readLimits()) ?? [];
  const stack = soft === undefined ? ALWAYS_FITS : soft === 'unlimited' ? Infinity : Number(soft);
  return Math.min(NEVER_FITS, Math.max(ALWAYS_FITS, Math.floor(stack / 4)));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync } from 'node:fs';

import { readProcess } from '../procfs.ts';

/** How far up the line of parents is looked: npm and wrappers stand between a shell and an agent. */
const GENERATIONS = 8;

/**
 * How many files this process could have opened had Node left the limit alone. Node keeps no note of it, so it is that of
 * the nearest ancestor that has the same hard limit and a lower soft one. Undefined when there is none.
 */
export function bornFileLimit(): number | undefined {
  const own = limitOf('self');
  let pid = process.ppid;
  for (let left = GENERATIONS; left > 0 && pid > 0; left -= 1) {
    const found = limitOf(String(pid));
    if (own === undefined || found?.hard !== own.hard) return undefined;
    if (Number(found.soft) < Number(own.soft)) return Number(found.soft);
    pid = readProcess(pid)?.parent ?? 0;
  }
  return undefined;
}

/** The words are the system's own: a number or `unlimited`. */
function limitOf(pid: string): { readonly soft: string; readonly hard: string } | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
    const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
    return soft === undefined || hard === undefined ? undefined : { soft, hard };
  } catch {
    return undefined;
  }
}

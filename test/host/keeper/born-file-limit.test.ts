import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { expect, test } from 'vitest';

const MODULE = path.join(import.meta.dirname, '../../../src/host/keeper/born-file-limit.ts');
const ASK = `import(${JSON.stringify(MODULE)}).then(({ bornFileLimit }) => console.log(bornFileLimit()))`;

/** What the function says in a Node that was started below a shell with such a limit. */
function askBelow(script: string): string {
  return execFileSync('/bin/sh', ['-c', script, process.execPath, ASK]).toString().trim();
}

test('is the limit of the shell that Node was started from, whatever stands between', () => {
  expect(askBelow('ulimit -Sn 700; "$0" -e "$1"; exit $?')).toBe('700');
  expect(askBelow('ulimit -Sn 600; sh -c \'ulimit -Sn $(ulimit -Hn); "$0" -e "$1"; exit $?\' "$0" "$1"; exit $?')).toBe(
    '600',
  );
});

test('is unknown below one with the limit that Node gives itself, or with another hard one', () => {
  expect(askBelow('ulimit -Sn $(ulimit -Hn); ulimit -n 900; "$0" -e "$1"; exit $?')).toBe('undefined');
  expect(askBelow('ulimit -Sn 700; (ulimit -Hn 900; "$0" -e "$1"; exit $?); exit $?')).toBe('700');
});

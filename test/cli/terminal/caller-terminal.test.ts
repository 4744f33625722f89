import { execFile } from 'node:child_process';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

const source = path.join(import.meta.dirname, '../../../src/cli/terminal/caller-terminal.ts');

/** What a process writes that has asked for words at its end, and then does this. */
function ending(script: string, redirection = ''): Promise<{ stdout: string }> {
  const program = `
    import { callerTerminal } from ${JSON.stringify(source)};
    const left = callerTerminal(process).atExit('LEFT;');
    ${script}`;
  return new Promise((resolve) => {
    const shell = ['-c', `"$0" --input-type=module -e "$1" ${redirection}`, process.execPath, program];
    execFile('sh', shell, (_error, stdout) => resolve({ stdout }));
  });
}

describe('callerTerminal()', () => {
  test.each([
    ['ends', ''],
    ['is told to end', 'setTimeout(() => process.exit(3), 1); setTimeout(() => {}, 60_000);'],
    ['fails', "setTimeout(() => { throw new Error('torn'); }, 1);"],
  ])('writes words once when the process %s', async (_how, script) => {
    expect((await ending(script)).stdout).toBe('LEFT;');
  });

  test('writes them before the error is shown, which would be lost with the other screen', async () => {
    const script = `setTimeout(() => { throw new Error('torn'); }, 1);`;
    expect((await ending(script, '2>&1')).stdout).toMatch(/^LEFT;[^]*Error: torn/);
  });

  test('writes nothing when they were taken back', async () => {
    expect((await ending('left[Symbol.dispose]();')).stdout).toBe('');
  });
});

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** What each example of the client prints. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  '01-first-job.ts': [/^SUCCESS after 1 run: hello$/m, /^ERROR: code 1003, because it exited$/m],
  '02-stream.ts': [/^level 1: plain$/m, /^level 2: trouble$/m, /^level 4: for the operator$/m, /data {"answer":42}$/m],
  '03-queue.ts': [/^waiting: urgent, first, second$/m, /^ran: urgent, first, second$/m],
  '04-stdin.ts': [/^apple\nfig\npear$/m],
  '05-kill-and-timeout.ts': [
    /^KILLED, reason (killed|cancelled)/m,
    /^TIMEOUT, reason timeout, ended by {"signal":"SIGTERM"}/m,
  ],
  '06-reconnect.ts': [
    /^line 1\nline 2\ndisconnected\nreconnecting\nconnected\nline 3\nline 4\ndisconnected/m,
    /^line 6\n1 run$/m,
  ],
  '07-many-jobs.ts': [/^96 went well, 4 failed after 2 runs each$/m, /^the history has 4 of the failed ones$/m],
};

const numbered = readdirSync(path.join(root, 'examples')).filter((name) => /^\d\d-.*\.ts$/.test(name));

test.each(numbered.filter((name) => name in EXPECTED))(
  'examples/%s runs by itself and prints what it promises',
  async (name) => {
    const { code, stdout, stderr } = await run(name);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const pattern of EXPECTED[name] ?? []) expect(stdout).toMatch(pattern);
  },
);

async function run(name: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['-C', 'corex-source', path.join('examples', name)], { cwd: root });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output };
}

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** What each example of the client prints. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  '00-hello.ts': [/^hello\nSUCCESS: it exited with code 0$/m],
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
  '08-resources.ts': [
    /^good: {"code":0}\nbad: {"code":1003}\nbad: {"code":0}\nthe next agent knows what is wished for\ngood: {"code":0}\nbad: {"code":0}$/m,
  ],
  '09-controllers.ts': [
    /^shop\.example → shop:8080\nstore\.example → shop:8080\nshop is to go\n0 routes\nRouteController -- exclusive --> Routes\.example\.corex$/m,
  ],
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
  const child = spawn(process.execPath, [path.join('examples', name)], { cwd: root });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output };
}

test('the demo ends each command as its table says, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await run('demo.ts');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const table = stdout.slice(stdout.indexOf('\nid '));
  const ends = [...table.matchAll(/^(\w+) .*?([A-Z_]{5,}) +(\d+) +([\w-]+) +(\d) /gm)].map(([, id, ...rest]) => [
    id,
    rest.join(' '),
  ]);
  expect(Object.fromEntries(ends)).toEqual({
    hello: 'SUCCESS 0 exited 1',
    ping: 'SUCCESS 0 exited 1',
    flaky: 'ERROR 1007 exited 3',
    first: 'SUCCESS 0 exited 1',
    second: 'SUCCESS 0 exited 1',
    third: 'SUCCESS 0 exited 1',
    slow: 'TIMEOUT 1143 timeout 1',
    endless: 'KILLED 1137 killed 1',
    typo: 'UNKNOWN_CMD 404 rejected 0',
  });
  expect(stdout).toContain('processes left: 0, files left: 0');
});

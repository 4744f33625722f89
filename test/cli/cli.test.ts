import { describe, expect, test } from 'vitest';

import { runCli } from '../../src/cli/cli.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { fakeCli } from './fake-cli.ts';

async function run(...argv: string[]) {
  const cli = fakeCli({ env: { COREX_DATA_DIR: '/nonexistent' }, columns: 80 });
  const code = await runCli(argv, cli);
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

describe('runCli()', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])('shows all commands for %j, a line each', async (argv) => {
    const { code, stdout, stderr } = await run(...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Headings, what corex is, how to begin, and what does not fit into a line of 80.
    const around = 14;
    expect(stdout.split('\n').length).toBeLessThanOrEqual(COMMANDS.length + around);
    for (const name of ['run', 'ps', 'logs', 'start', 'doctor']) expect(stdout).toContain(`  \x1b[36m${name}`);
  });

  test.each([[['help', 'run']], [['run', '--help']], [['run', '-h', '--', 'x']]])(
    'shows all about a command for %j',
    async (argv) => {
      const { code, stdout } = await run(...argv);
      expect(code).toBe(0);
      expect(stdout).toContain('corex run [options] [--] PROGRAM [ARGUMENT…]');
      expect(stdout).toContain('--max-restart N');
      expect(stdout).toContain('tar c . | corex run -i -- tar xC /srv');
    },
  );

  test.each([
    [['sart'], 'unknown command "sart", did you mean "corex start"?\n       corex help lists all commands'],
    [['zzzzzz'], 'unknown command "zzzzzz"\n'],
    [['--verson'], 'unknown option "--verson"'],
    [['ps', '--al'], 'unknown option "--al", did you mean "--all"?\n       corex help ps tells how it works'],
    [['help', 'lgos'], 'did you mean "corex logs"?'],
    [['kill'], 'something is missing\n       corex help kill tells how it works'],
  ])('refuses %j, and teaches', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^corex: Cannot /);
    expect(stderr).toContain(message);
  });

  test('gives 125 and no stack when there is no agent', async () => {
    const { code, stderr } = await run('ps');
    expect(code).toBe(125);
    expect(stderr).toBe(
      'corex: Cannot find an agent: none has left its address in "/nonexistent"\n' +
        '       "corex start" starts one; COREX_URL, --url or --data-dir name another\n',
    );
  });

  test('help --json gives every command as data', async () => {
    const { stdout } = await run('help', '--json');
    const { commands } = JSON.parse(stdout);
    expect(commands.find(({ name }: { name: string }) => name === 'kill')).toMatchObject({
      group: 'jobs',
      usage: ['kill [options] ID…'],
      options: { signal: { type: 'signal', short: 's' } },
    });
  });
});

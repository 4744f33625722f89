import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { corex, executable, runningAgent, userEnvironment, type RunningAgent } from '../corex.ts';

const run = promisify(execFile);

let agent: RunningAgent;
let bashScript: Buffer;

beforeAll(async () => {
  agent = await runningAgent();
  bashScript = (await corex(['completion', 'bash'])).stdout;
  const live = ['-d', '-q', 'disk', '--tag', 'nightly'];
  await agent.run(['run', ...live, '--id', 'web:1', '--', 'sleep', '600']);
  await agent.run(['run', ...live, '--id', 'web:2', '--', 'sleep', '600']);
  await agent.run(['run', '--id', 'ended', '--', 'true']);
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

interface Around {
  readonly dataDir?: string;
  readonly wordBreaks?: string;
}

/** An agent is given little time to answer: whoever is offered too little on a busy machine asks again. */
function expectOffered(line: string, around: Around = {}): ReturnType<typeof expect.poll<string[]>> {
  return expect.poll(() => offered(line, around), { timeout: 30_000, message: line });
}

/** What bash offers for a command line that ends where the cursor is; the words are cut as bash itself cuts them. */
async function offered(line: string, more: Around = {}): Promise<string[]> {
  await using directory = tempDir();
  const script = directory.at('completion.bash');
  const program = directory.at('corex');
  writeFileSync(script, bashScript);
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${executable}" "$@"\n`);
  chmodSync(program, 0o755);
  const breaks = more.wordBreaks ?? '=:';
  const words = line
    .split(' ')
    .flatMap((word) => (word === '' ? [''] : word.split(new RegExp(`([${breaks}])`)).filter((part) => part !== '')));
  const drive = `
    set -u
    source "$1"
    complete -p corex | grep -q -- '-F _corex' || exit 9
    COMP_WORDBREAKS="$2"; COMP_LINE="$3"; COMP_POINT=\${#3}
    shift 3
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _corex "$0"
    if ((\${#COMPREPLY[@]})); then printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
  const env = userEnvironment({ COREX_DATA_DIR: more.dataDir ?? agent.dataDir });
  const { stdout } = await run('bash', ['--norc', '-c', drive, program, script, breaks, line, ...words], {
    env,
    cwd: directory.path,
  });
  return stdout.split('\n').filter((word) => word !== '');
}

describe.runIf(requires('bash'))('corex completion bash', () => {
  test('offers commands, options and their values', async () => {
    expect(await offered('corex lo')).toEqual(['logs']);
    expect(await offered('corex ')).toEqual(expect.arrayContaining(['run', 'top', 'completion', '--help']));
    expect(await offered('corex logs --ti')).toEqual(['--timestamps']);
    expect(await offered('corex ps --state run')).toEqual(['running']);
    expect(await offered('corex ps --state=run')).toEqual(['running']);
    expect(await offered('corex ps --state=run', { wordBreaks: ':' })).toEqual(['--state=running']);
    expect(await offered('corex kill -s US')).toEqual(['USR1', 'USR2']);
    expect(await offered('corex queue pa')).toEqual(['pause']);
    expect(await offered('corex logs --tail ')).toEqual([]);
  });

  test('offers nothing of its own behind a program', async () => {
    expect(await offered('corex run -- ls --al')).toEqual([]);
    expect(await offered('corex run ls --al')).toEqual([]);
    expect(await offered('corex run bas')).toContain('bash');
  });

  test('asks the agent for jobs, queues, tags and commands', async () => {
    await expectOffered('corex logs ').toEqual(expect.arrayContaining(['web:1', 'web:2', 'ended']));
    await expectOffered('corex logs -f end').toEqual(['ended']);
    await expectOffered('corex kill ').toEqual(['web:1', 'web:2']);
    await expectOffered('corex queue pause d').toEqual(['disk']);
    await expectOffered('corex ps --tag n').toEqual(['nightly']);
    await expectOffered('corex run --command core.sy').toEqual(['core.system']);
  });

  test('replaces only what bash takes for the last word', async () => {
    await expectOffered('corex kill web:').toEqual(['1', '2']);
    await expectOffered('corex kill web:', { wordBreaks: '=' }).toEqual(['web:1', 'web:2']);
  });

  test('asks the agent that is named on the command line', async () => {
    const options = { dataDir: '/nowhere' };
    await expectOffered(`corex kill --data-dir ${agent.dataDir} web`, options).toEqual(['web:1', 'web:2']);
    await expectOffered(`corex kill --data-dir=${agent.dataDir} web`, options).toEqual(['web:1', 'web:2']);
  });

  test('is silent and quick without an agent', async () => {
    expect(await offered('corex kill ', { dataDir: '/nowhere' })).toEqual([]);
  });

  test('offers nothing of this machine behind a place', async () => {
    expect(await offered('corex exec web -- ba')).toEqual([]);
    expect(await offered('corex exec -it web -- sh -')).toEqual([]);
    expect(await offered('corex exec -- bas')).toContain('bash');
  });

  test('expands nothing of what a stranger wrote', async () => {
    await using directory = tempDir();
    const proof = directory.at('proof');
    await agent.run(['run', '-d', '--id', 'evil', '--tag', `$(touch ${proof})`, '--', 'sleep', '600']);
    await expectOffered('corex ps --tag ').toEqual(expect.arrayContaining(['nightly']));
    await expectOffered('corex ps --tag $').toEqual([`$(touch ${proof})`]);
    expect((await run('ls', [directory.path])).stdout).toBe('');
    await agent.run(['kill', 'evil']);
    await until('it is over', async () => (await agent.json(['ps'])).jobs.length === 2);
  });
});

describe.runIf(requires('bash', 'root'))('corex completion bash, of containers', () => {
  let shop: string;

  beforeAll(async () => {
    for (const name of ['shed', 'shop']) {
      const { handle } = await agent.json(['call', 'container.create', `name=${name}`]);
      const { id } = await agent.json(['call', 'container.commit', `handle=${handle}`]);
      if (name === 'shop') shop = id;
    }
    mkdirSync(agent.directory.at('root/etc'), { recursive: true });
    await agent.json(['image', 'import', '--name', 'tiny:1', `directory:${agent.directory.at('root')}`]);
  });
  afterAll(async () => {
    await agent.run(['containers', 'remove', 'shop', 'shed']);
  });

  test('offers their names, and ids to who begins to write one', async () => {
    for (const line of ['containers start', 'containers remove --force', 'inspect', 'exec -c', 'exec --container']) {
      await expectOffered(`corex ${line} sh`).toEqual(['shed', 'shop']);
    }
    await expectOffered('corex inspect ').toEqual(['shed', 'shop']);
    await expectOffered(`corex inspect ${shop.slice(0, 8)}`).toEqual([shop]);
  });

  test('offers them where files and programs may stand, too', async () => {
    await expectOffered('corex exec -it sh').toEqual(expect.arrayContaining(['sh', 'shed', 'shop']));
    await expectOffered('corex cp sho').toEqual(['shop:/']);
    expect(await offered('corex cp compl')).toEqual(['completion.bash']);
    await expectOffered('corex cp completion.bash she').toEqual(['shed:/']);
  });

  test('offers images as people write them, and networks', async () => {
    await expectOffered('corex run --image ').toEqual(['tiny:1']);
    await expectOffered('corex image inspect ti', { wordBreaks: '=' }).toEqual(['tiny:1']);
    await expectOffered('corex image remove docker.io/').toEqual(['docker.io/library/tiny:1']);
    await expectOffered('corex run --network ').toEqual(['none', 'bridge']);
  });
});

describe('corex completion', () => {
  test.each(['zsh', 'fish'])('prints a script for %s that names each command', async (shell) => {
    const { stdout, code } = await corex(['completion', shell]);
    expect(code).toBe(0);
    for (const name of ['run', 'logs', 'top']) expect(stdout.toString()).toContain(name);
    expect(stdout.toString()).not.toMatch(/undefined|\[object/);
  });

  test.runIf(requires('zsh'))('prints what zsh can read', async () => {
    const { stdout } = await corex(['completion', 'zsh']);
    await using directory = tempDir();
    writeFileSync(directory.at('_corex'), stdout);
    await run('zsh', ['-n', directory.at('_corex')]);
  });

  test.runIf(requires('fish'))('prints what fish can read', async () => {
    const { stdout } = await corex(['completion', 'fish']);
    await using directory = tempDir();
    writeFileSync(directory.at('corex.fish'), stdout);
    await run('fish', ['--no-execute', directory.at('corex.fish')]);
  });

  test('says which shells there are', async () => {
    expect(await corex(['completion'])).toMatchObject({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') });
    expect(await corex(['completion', 'bsh'])).toMatchObject({ code: 2, stderr: expect.stringContaining('"bash"') });
  });
});

import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ContainerInfo } from '../../../src/protocol/container.ts';
import { requires } from '../../harness/requires.ts';
import { makeTinyRoot } from '../../harness/tiny-root.ts';
import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';

const able = requires('root', 'runc', 'busybox', 'mounts');

/** The commands for containers, through a whole agent. */
describe.runIf(able)('corex and containers', { timeout: 60_000 }, () => {
  let agent: RunningAgent;

  beforeAll(async () => {
    agent = await runningAgent();
    const root = makeTinyRoot(agent.directory.at('root'));
    expect(await corex('image', 'import', '--name', 'tiny', `directory:${root}`)).toMatchObject({ code: 0 });
  }, 60_000);

  afterAll(async () => {
    for (const { id } of able ? await list() : []) await corex('containers', 'remove', '--force', id);
    await agent?.[Symbol.asyncDispose]();
  }, 60_000);

  async function corex(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const { code, stdout, stderr } = await agent.run(args);
    return { code, out: stdout.toString(), err: stderr };
  }

  async function list(): Promise<ContainerInfo[]> {
    return ((await agent.json(['containers'])) as { containers: ContainerInfo[] }).containers;
  }

  test('run --image runs a program in a container that is gone afterwards', async () => {
    const options = ['--image', 'tiny', '--memory', '64MiB', '--cpus', '0.5', '-e', 'GIVEN=yes', '--user', 'app'];
    const script = 'echo $GIVEN; id -u; echo oops >&2; exit 5';
    expect(await corex('run', ...options, '--', 'sh', '-c', script)).toEqual({
      code: 5,
      out: 'yes\n1000\n',
      err: 'oops\n',
    });
    await until('the container is gone', async () => (await list()).length === 0);
  });

  test('run --image exits as shells do when there is no such program, and refuses what it can not do', async () => {
    expect(await corex('run', '--image', 'tiny', '--', '/none')).toMatchObject({ code: 127, out: '' });
    expect(await corex('run', '--image', 'nothing-here.invalid/x', '--', 'true')).toMatchObject({ code: 125 });
    expect((await corex('run', '--image', 'tiny', '-q', 'disk', '--', 'true')).err).toContain('--queue with --image');
    expect((await corex('run', '--network', 'none', '--', 'true')).err).toContain('without --image');
    expect((await corex('run', '--image', 'tiny', '--mount', 'data', '--', 'true')).err).toContain('/srv/data:/data');
    expect(await corex('run', '--image', 'tiny', '--mount', '/etc:/data', '--', 'true')).toMatchObject({ code: 125 });
    await until('nothing is left', async () => (await list()).length === 0);
  });

  test('run --image takes standard input, and exec, cp and inspect reach a container', async () => {
    expect((await agent.run(['run', '-i', '--image', 'tiny', '--', 'cat'], { input: 'given' })).stdout.toString()).toBe(
      'given',
    );
    const [name, script] = ['box', 'trap "exit 0" TERM; sleep 1000 & wait'];
    const detached = await corex('run', '-d', '--id', name, '--image', 'tiny', '--', 'sh', '-c', script);
    expect(detached).toMatchObject({ code: 0 });
    const file = agent.directory.at('file');
    writeFileSync(file, 'copied', { mode: 0o640 });
    expect(await corex('cp', file, `${name}:/tmp/`)).toMatchObject({ code: 0 });
    const read = 'cat /tmp/file; stat -c " %a" /tmp/file';
    expect((await corex('exec', '--container', name, '--', 'sh', '-c', read)).out).toBe('copied 640\n');
    expect((await corex('exec', name, '--', 'sh', '-c', read)).out).toBe('copied 640\n');
    expect((await corex('exec', '-c', name, 'echo', '--', 'x')).out).toBe('-- x\n');
    expect((await corex('exec', '--', 'echo', '--', name)).out).toBe(`-- ${name}\n`);
    expect(await corex('exec', name, 'sh')).toMatchObject({
      code: 127,
      err: expect.stringContaining(`"${name}" is a container: corex exec ${name} -- sh\n`),
    });
    expect(await corex('cp', `${name}:/etc/passwd`, agent.directory.at('out'))).toMatchObject({ code: 0 });
    expect(readFileSync(agent.directory.at('out'), 'utf8')).toContain('root:x:0:0');
    expect((await corex('cp', file, file)).err).toContain('web:/etc/hosts');
    expect((await corex('cp', '/nothing', `${name}:/tmp/`)).err).toContain('"/nothing": there is no such file');
    // From the root on, and with its mode.
    expect(await corex('cp', `${name}:tmp/../tmp/file`, agent.directory.at('back'))).toMatchObject({ code: 0 });
    expect(statSync(agent.directory.at('back')).mode & 0o777).toBe(0o640);
    const large = randomBytes(1_200_000);
    writeFileSync(agent.directory.at('large'), large);
    expect(await corex('cp', agent.directory.at('large'), `${name}:/tmp/`)).toMatchObject({ code: 0 });
    expect(await corex('cp', `${name}:/tmp/large`, agent.directory.at('large-back'))).toMatchObject({ code: 0 });
    expect(readFileSync(agent.directory.at('large-back')).equals(large)).toBe(true);
    expect((await corex('inspect', name)).out).toMatch(
      /^Container +box\nId +[0-9a-f-]{36}\nState +running since .*, pid \d+\n.*\nImage +tiny\nProgram +sh -c trap/s,
    );
    expect((await corex('containers')).out).toMatch(
      /^CONTAINER +STATE +PID +AGE +IMAGE +ID\nbox +running +\d+ .* tiny /,
    );
    expect((await corex('exec', '--container', name, '--memory', '1GiB', '--', 'true')).err).toContain('--memory');
    expect((await corex('exec', '--memory', '1GiB', name, '--', 'true')).err).toContain('--memory in a container');
    expect((await corex('exec', name, '--')).err).toContain('the program is missing');
    expect((await corex('containers', 'remove', name)).err).toContain('it runs');
    expect(await corex('containers', 'stop', name)).toMatchObject({ code: 0, out: `${name}\n` });
    // It was for one run.
    await until('it is gone', async () => (await list()).length === 0);
  });

  test('exec tells what may have been meant by the name of no container', async () => {
    expect(await corex('exec', '-i', 'ls', '--', '/tmp')).toMatchObject({
      code: 125,
      out: '',
      err: expect.stringMatching(/container "ls": none has .*"corex containers" .*corex exec -- ls -- \/tmp\n/s),
    });
  });

  test('starts, stops, pauses and removes', async () => {
    const made = ['call', 'container.create', 'name=kept', 'image=tiny', '--json'];
    const { handle } = (await agent.json(made.slice(0, -1))) as { handle: string };
    const entry = JSON.stringify({ handle, entry_point: { path: 'sleep', args: ['1000'] } });
    const next = (await agent.json(['call', 'container.set_entry_point', entry])) as { handle: string };
    const quick = JSON.stringify({ ...next, stop_grace: 0.1 });
    const last = (await agent.json(['call', 'container.set_options', quick])) as { handle: string };
    await agent.json(['call', 'container.commit', JSON.stringify(last)]);
    expect(await corex('containers', 'start', 'nothing', 'kept')).toMatchObject({ code: 1, out: 'kept\n' });
    expect((await corex('inspect', 'ketp')).err).toContain('did you mean "kept"?');
    for (const action of ['pause', 'resume', 'stop', 'start', 'stop', 'remove']) {
      expect(await corex('containers', action, 'kept')).toEqual({ code: 0, out: 'kept\n', err: '' });
    }
    expect((await corex('containers', 'start', 'kept')).err).toContain('none has this id or name');
    expect((await corex('run', '--image', 'tiny', '--memory', '1KiB', 'true')).err).toContain('has 6.0 MiB at least');
    expect((await corex('containers', 'start')).err).toContain('its name is missing');
  });
});

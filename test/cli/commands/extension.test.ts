import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { corex, runningAgent } from '../corex.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const HELLO = `
summary = "Says hello."
binary = "echo"
args = ["Hello,", "{name}", "{times}"]
[parameters.name]
required = true
[parameters.times]
type = "integer"
`;

describe('corex extension', () => {
  test('adds, lists, tries and removes extensions of a running agent', async () => {
    await using agent = await runningAgent();
    const file = agent.directory.at('hello.toml');
    writeFileSync(file, HELLO);
    const tried = await agent.run(['extension', 'test', file, 'name=a b', 'times=2', '--run']);
    expect(tried).toMatchObject({ code: 0 });
    expect(tried.stdout.toString()).toBe('Hello, a b 2\n');
    expect(await agent.json(['extension', 'test', file, 'name=a'])).toMatchObject({
      command: 'core.system',
      arguments: { name: 'echo', args: ['Hello,', 'a'] },
    });

    expect(await agent.run(['extension', 'add', file])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('the running agent takes it now') as string,
    });
    expect(statSync(`${agent.dataDir}/extensions`).mode & 0o777).toBe(0o700);
    expect(readdirSync(`${agent.dataDir}/extensions`)).toEqual(['hello.toml']);
    const listed = (await agent.run(['extension'])).stdout.toString();
    expect(listed).toMatch(/^NAME +STATE +FROM +WHAT$/m);
    expect(listed).toMatch(/^hello +loaded .*hello\.toml +Says hello\.$/m);
    expect(listed).toMatch(/^bash +loaded /m);
    expect((await agent.run(['extension', 'test', 'hello', 'name=x'])).stdout.toString()).toContain('arg 2     x');
    expect((await agent.run(['extension', 'test', 'hello', 'name=x', '--run'])).stdout.toString()).toBe('Hello, x\n');
    expect(await agent.run(['extension', 'test', 'hello', 'times=x', 'name=x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot run "hello": "times"') as string,
    });

    expect(await agent.run(['extension', 'add', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--replace') as string,
    });
    expect(await agent.run(['extension', 'add', file, '--replace'])).toMatchObject({ code: 0 });
    expect(await agent.run(['extension', 'remove', 'hello'])).toMatchObject({ code: 0 });
    expect(await agent.run(['run', '--command', 'hello'])).toMatchObject({ code: 127 });
    expect(await agent.run(['extension', 'remove', 'bash'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/was not added[^]*It is from .*extensions\/bash\.toml/) as string,
    });
    expect((await agent.run(['extension', 'reload'])).stdout.toString()).toBe('Nothing changed.\n');
  });

  test('tells what an agent can not use, here and in "corex doctor"', async () => {
    await using agent = await runningAgent();
    writeFileSync(agent.directory.at('core.ping.toml'), 'binary = "true"\n');
    const added = await agent.run(['extension', 'add', agent.directory.at('core.ping.toml')]);
    expect(added).toMatchObject({ code: 1, stderr: expect.stringContaining('the name is taken') as string });
    const doctor = await agent.run(['doctor']);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout.toString()).toMatch(/FAIL +Extension +Cannot register the command "core\.ping"/);
  });

  test('adds all manifests of a directory or none, without an agent too', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('data');
    mkdirSync(directory.at('m'));
    writeFileSync(directory.at('m', 'a.toml'), HELLO);
    writeFileSync(directory.at('m', 'b.toml'), 'binary = "sh"\nargs = ["-c", "{x}"]\n[parameters.x]\n');
    const add = () => corex(['extension', 'add', 'm', '--data-dir', dataDir], { cwd: directory.path });
    expect(await add()).toMatchObject({ code: 1, stderr: expect.stringContaining('read as code by "sh"') as string });
    expect(statSync(`${dataDir}/extensions`, { throwIfNoEntry: false })).toBeUndefined();
    writeFileSync(directory.at('m', 'b.toml'), 'binary = "./tool"\n');
    expect(await add()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"binary" begins where the file is') as string,
    });
    writeFileSync(directory.at('m', 'b.toml'), 'binary = "true"\n');
    expect(await add()).toMatchObject({ code: 0, stderr: expect.stringContaining('no agent runs') as string });
    expect(readdirSync(`${dataDir}/extensions`)).toEqual(['a.toml', 'b.toml']);
  });

  test.each([
    [['extension', 'tset'], 2, 'did you mean "test"?'],
    [['extension', 'add'], 2, 'its name is missing'],
    [['extension', 'list', 'x'], 2, 'one word too many'],
    [['extension', 'list', '--run'], 2, 'Cannot use --run here'],
    [['extension', 'test', './x.toml', '--replace'], 2, 'Cannot use --replace here'],
    [['extension', 'test', './none.toml'], 1, 'ENOENT'],
    [['extension', 'add', './none.txt'], 1, 'a manifest is a file "<command>.toml"'],
    [['extension', 'remove', '../token', '--data-dir', '/nonexistent'], 1, 'Cannot remove "../token"'],
  ])('%j exits with %i', async (args, code, message) => {
    expect(await corex(args)).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
  });
});

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { makeTinyRoot } from '../../harness/tiny-root.ts';
import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';

const able = requires('root', 'runc', 'busybox', 'mounts');
const TIME = 1_600_000_000;

describe.runIf(able)('corex cp', { timeout: 60_000 }, () => {
  let agent: RunningAgent;
  /** A directory for each test. */
  let here: string;
  let tests = 0;

  beforeAll(async () => {
    agent = await runningAgent();
    const root = makeTinyRoot(agent.directory.at('root'));
    await corex('image', 'import', '--name', 'tiny', `directory:${root}`);
    const script = 'trap "exit 0" TERM; sleep 1000 & wait';
    expect(await corex('run', '-d', '--id', 'box', '--image', 'tiny', '--', 'sh', '-c', script)).toMatchObject({
      code: 0,
    });
  }, 60_000);

  afterAll(async () => {
    if (able) await corex('containers', 'remove', '--force', 'box');
    await agent?.[Symbol.asyncDispose]();
  }, 60_000);

  beforeEach(() => {
    tests += 1;
    here = agent.directory.at(`test-${tests}`);
    mkdirSync(here);
  });

  async function corex(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const { code, stdout, stderr } = await agent.run(args);
    return { code, out: stdout.toString(), err: stderr };
  }

  async function inBox(script: string): Promise<string> {
    return (await corex('exec', 'box', '--', 'sh', '-c', script)).out;
  }

  /** Files with odd names, modes and times, links, and an empty directory. */
  function makeTree(): string {
    const tree = path.join(here, 'tree');
    mkdirSync(path.join(tree, 'sub', 'deep'), { recursive: true });
    mkdirSync(path.join(tree, 'empty'));
    writeFileSync(path.join(tree, 'file'), 'content');
    writeFileSync(path.join(tree, 'sub', 'a\nb'), 'newline');
    writeFileSync(path.join(tree, 'sub', 'deep', 'x'.repeat(200)), 'long');
    writeFileSync(path.join(tree, 'run'), '#!/bin/sh\n');
    linkSync(path.join(tree, 'file'), path.join(tree, 'same'));
    symlinkSync('/etc/passwd', path.join(tree, 'absolute'));
    symlinkSync('../../../..', path.join(tree, 'up'));
    chmodSync(path.join(tree, 'run'), 0o4755);
    chmodSync(path.join(tree, 'empty'), 0o1777);
    for (const name of ['file', 'empty', 'sub']) utimesSync(path.join(tree, name), TIME, TIME);
    return tree;
  }

  test('takes a directory there and back with modes, times, links and all names', async () => {
    const tree = makeTree();
    expect(await corex('cp', tree, 'box:/there')).toEqual({ code: 0, out: '', err: '' });
    const facts = 'cd /there && stat -c "%a %u %g %Y %n" file empty sub && stat -c "%a %h" run same';
    expect(await inBox(facts)).toBe(
      `644 0 0 ${TIME} file\n1777 0 0 ${TIME} empty\n755 0 0 ${TIME} sub\n755 1\n644 1\n`,
    );
    const back = path.join(here, 'back');
    expect(await corex('cp', 'box:/there', back)).toEqual({ code: 0, out: '', err: '' });
    execFileSync('sh', ['-c', 'diff -r --no-dereference "$0" "$1"', tree, back]);
    expect(readFileSync(path.join(back, 'sub', 'a\nb'), 'utf8')).toBe('newline');
    expect(readlinkSync(path.join(back, 'up'))).toBe('../../../..');
    expect(statSync(path.join(back, 'file')).mtimeMs).toBe(TIME * 1000);
    expect(statSync(path.join(back, 'empty')).mode & 0o7777).toBe(0o1777);
    expect(statSync(path.join(back, 'run')).mode & 0o7777).toBe(0o755);
  });

  test('makes the destination, goes into one that is there, and merges what is in a directory', async () => {
    const tree = makeTree();
    expect(await corex('cp', tree, 'box:/new/made')).toMatchObject({ code: 0 });
    expect(await corex('cp', tree, 'box:/new/made')).toMatchObject({ code: 0 });
    await inBox('mkdir -p /merged/sub; echo kept > /merged/sub/kept; chmod 700 /merged; echo old > /merged/file');
    expect(await corex('cp', `${tree}/.`, 'box:/merged')).toMatchObject({ code: 0 });
    const seen = 'ls /new/made/file /new/made/tree/file; cat /merged/sub/kept /merged/file; stat -c " %a" /merged';
    expect(await inBox(seen)).toBe('/new/made/file\n/new/made/tree/file\nkept\ncontent 700\n');
    mkdirSync(path.join(here, 'out'));
    // Twice comes to the same.
    expect(await corex('cp', 'box:/merged/', path.join(here, 'out'))).toMatchObject({ code: 0 });
    expect(await corex('cp', 'box:/merged/', path.join(here, 'out'))).toMatchObject({ code: 0 });
    expect(await corex('cp', 'box:/merged/.', path.join(here, 'out'))).toMatchObject({ code: 0 });
    expect(readdirSync(path.join(here, 'out')).toSorted()).toContain('merged');
    expect(readFileSync(path.join(here, 'out', 'file'), 'utf8')).toBe('content');
    expect(existsSync(path.join(here, 'out', 'merged', 'merged'))).toBe(false);
  });

  test('a file keeps its name in a directory that is there, and takes the place of a file', async () => {
    const file = path.join(here, 'file');
    writeFileSync(file, 'new');
    utimesSync(file, TIME, TIME);
    await inBox('mkdir /dir; echo old > /target; ln -s /target /by-link');
    expect(await corex('cp', file, 'box:/dir')).toMatchObject({ code: 0 });
    expect(await corex('cp', file, 'box:/by-link')).toMatchObject({ code: 0 });
    expect(await corex('cp', file, 'box:/made/for/it/')).toMatchObject({ code: 0 });
    expect(await inBox('cat /dir/file /target /made/for/it/file; stat -c " %Y" /dir/file; readlink /by-link')).toBe(
      `newnewnew ${TIME}\n/target\n`,
    );
    expect(await corex('cp', 'box:/dir/file', path.join(here, 'out'))).toMatchObject({ code: 0 });
    expect(await corex('cp', 'box:/proc/version', here)).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(here, 'version'), 'utf8')).toContain('Linux');
  });

  test('tells in one line what can not be copied, and what was copied before', async () => {
    const tree = makeTree();
    execFileSync('mkfifo', [path.join(tree, 'sub', 'pipe')]);
    expect(await corex('cp', tree, 'box:/refused')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Cannot copy ".*\/tree\/sub\/pipe": it is a fifo.*; nothing was copied\n/),
    });
    expect(await inBox('ls -d /refused 2>&1')).toContain('No such file');
    await inBox('mkdir -p /special; echo 1 > /special/a; mkfifo /special/pipe');
    expect(await corex('cp', 'box:/special', path.join(here, 'special'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('"/special/pipe": it is a fifo'),
    });
    const refusals: [string[], string][] = [
      [['box:/nothing', here], '"/nothing" in the container: there is no such file'],
      [['/nothing', 'box:/tmp'], '"/nothing": there is no such file'],
      [[`${tree}/file/`, 'box:/tmp'], 'there is none'],
      [['box:/etc/passwd/', here], 'there is none'],
      [['box:/etc/passwd', path.join(here, 'none/')], 'there is none'],
      [['box:/etc/passwd', path.join(here, 'none/file')], 'there is no such file or directory'],
      [['box:/etc', path.join(tree, 'file')], 'there is a file where a directory is to be'],
      [[`${tree}/empty`, 'box:/etc/passwd'], 'there is a file where a directory is to be'],
      [['none:/etc', here], 'container "none"'],
    ];
    for (const [args, text] of refusals) {
      const { code, err } = await corex('cp', ...args);
      expect({ args, code, err }).toMatchObject({ code: 1, err: expect.stringContaining(text) });
      expect(err.trimEnd().split('\n').length, err).toBeLessThan(4);
    }
  });

  test('tells how much it copied, as JSON', async () => {
    const tree = makeTree();
    expect(await agent.json(['cp', tree, 'box:/counted'])).toEqual({
      from: tree,
      to: 'box:/counted',
      entries: 11,
      bytes: 35,
    });
    expect(await agent.json(['cp', 'box:/counted', path.join(here, 'out')])).toMatchObject({ entries: 11, bytes: 35 });
  });

  test('follows no link below the destination, here and there', async () => {
    await inBox('mkdir -p /evil/a; echo bad > /evil/a/file');
    const outside = path.join(here, 'outside');
    mkdirSync(outside);
    mkdirSync(path.join(here, 'evil'));
    symlinkSync(outside, path.join(here, 'evil', 'a'));
    const { code, err } = await corex('cp', 'box:/evil', here);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('there is a link where') });
    expect(readdirSync(outside)).toEqual([]);
    mkdirSync(path.join(here, 'in', 'a'), { recursive: true });
    writeFileSync(path.join(here, 'in', 'a', 'passwd'), 'bad');
    await inBox('mkdir -p /dest; ln -s /etc /dest/a');
    expect(await corex('cp', `${here}/in/.`, 'box:/dest')).toMatchObject({ code: 1 });
    expect(await inBox('cat /etc/passwd')).toContain('root:x:0:0');
    // A link that is replaced is not followed either.
    await inBox('ln -sf /etc/passwd /evil/a/link; rm -r /dest');
    writeFileSync(path.join(here, 'in', 'a', 'link'), 'a file now');
    expect(await corex('cp', `${here}/in/.`, 'box:/evil')).toMatchObject({ code: 0 });
    expect(await inBox('cat /etc/passwd /evil/a/link')).toMatch(/^root:x:0:0(.|\n)*a file now$/);
    expect(lstatSync(path.join(here, 'evil', 'a')).isSymbolicLink()).toBe(true);
  });

  test('goes into a container that does not run when that is started', async () => {
    const tree = makeTree();
    const made = JSON.stringify({
      name: 'still',
      image: 'tiny',
      entry_point: { path: 'sh', args: ['-c', 'trap "exit 0" TERM; sleep 1000 & wait'] },
    });
    const { handle } = (await agent.json(['call', 'container.create', made])) as { handle: string };
    await agent.json(['call', 'container.commit', JSON.stringify({ handle })]);
    expect(await corex('cp', tree, 'still:/srv')).toMatchObject({ code: 0 });
    expect(await corex('cp', `${tree}/sub/.`, 'still:/srv')).toMatchObject({ code: 0 });
    expect((await corex('cp', 'still:/srv', here)).err).toContain('created, not running');
    expect(await corex('containers', 'start', 'still')).toMatchObject({ code: 0 });
    const { out } = await corex(
      'exec',
      'still',
      '--',
      'sh',
      '-c',
      'cat /srv/file /srv/deep/x*; stat -c " %u" /srv/sub',
    );
    expect(out).toBe('contentlong 0\n');
    await corex('containers', 'remove', '--force', 'still');
    await until(
      'nothing waits to be copied',
      () => readdirSync(agent.directory.at('data', 'containers', 'files')).length <= 1,
    );
  });
});

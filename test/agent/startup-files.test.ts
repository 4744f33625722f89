import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/agent/config.ts';
import type { Config } from '../../src/agent/config.ts';
import { tempDir } from '../harness/temp-dir.ts';

type Startup = Config['startup'];

/** The startup of a configuration file with this text, and with these files beside it. */
async function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Startup & { readonly at: string }> {
  await using directory = tempDir();
  for (const [name, content] of Object.entries({ 'corex.toml': text, ...files })) {
    await mkdir(path.dirname(directory.at(name)), { recursive: true });
    await writeFile(directory.at(name), content);
  }
  const { startup } = loadConfig({ file: directory.at('corex.toml'), environment: {}, cwd: directory.path, uid: 0 });
  return { ...startup, at: directory.path };
}

const trouble = (text: string): Promise<string> =>
  read(text).then(
    () => 'none',
    (error: unknown) => (error as Error).message.replaceAll(/ \([^)]*\.toml\)/g, ''),
  );

describe('the section startup', () => {
  test('has entries with all they may say', async () => {
    const { entries, problems, at } = await read(`
      [startup.db]
      name = "core.system"
      after = ["net", "mount"]
      condition = "not(quiet)"
      running_match = "ready"
      running_timeout = 1.5
      protected = true
      tags = ["a"]
      queue = "q"
      max_time = 10
      max_restart = 3
      [startup.db.args]
      name = "postgres"
      args = ["-D", "{DATA}"]
      [startup.db.args.env]
      "quiet|LEVEL" = "low"
      [startup.mount]
      name = "core.system"
    `);
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      {
        id: 'db',
        source: path.join(at, 'corex.toml'),
        command: {
          command: 'core.system',
          arguments: { name: 'postgres', args: ['-D', '{DATA}'], env: { 'quiet|LEVEL': 'low' } },
          tags: ['a'],
          queue: 'q',
          max_time: 10,
          max_restart: 3,
        },
        after: ['net', 'mount'],
        condition: 'not(quiet)',
        running: { type: 'says', pattern: 'ready', timeoutMs: 1500 },
        protected: true,
        cron: undefined,
      },
      expect.objectContaining({ id: 'mount', after: [], running: { type: 'alive', delayMs: 2000 }, condition: '' }),
    ]);
  });

  test.each([
    ['running_delay = 0', { type: 'alive', delayMs: 2000 }],
    ['running_delay = 0.5', { type: 'alive', delayMs: 500 }],
    ['running_delay = -1', { type: 'ended' }],
    ['running_match = "x"\nrunning_delay = 5', { type: 'says', pattern: 'x', timeoutMs: undefined }],
    [
      'running_probe = { tcp = 80 }',
      { type: 'answers', probe: { type: 'tcp', host: '127.0.0.1', port: 80 }, intervalMs: 500, timeoutMs: 60_000 },
    ],
    [
      'running_probe = { tcp = "[::1]:80", interval = 0.1, timeout = 3 }',
      { type: 'answers', probe: { type: 'tcp', host: '::1', port: 80 }, intervalMs: 100, timeoutMs: 3000 },
    ],
    ['running_probe = { tcp = "db.local:5432" }', { probe: { type: 'tcp', host: 'db.local', port: 5432 } }],
    ['running_probe = { http = "http://127.0.0.1/up" }', { probe: { type: 'http', url: 'http://127.0.0.1/up' } }],
    ['running_probe = { unix = "/run/db.sock" }', { probe: { type: 'unix', path: '/run/db.sock' } }],
  ])('understands %j', async (line, rule) => {
    const { entries } = await read(`[startup.a]\nname = "x"\n${line}`);
    expect(entries[0]?.running).toMatchObject(rule);
  });

  test('has schedules', async () => {
    const { entries } = await read(
      '[startup.a]\nname = "x"\ncron = "0 3 * * *"\ntimezone = "Europe/Brussels"\ncatch_up = true',
    );
    expect(entries[0]?.cron).toEqual({ pattern: '0 3 * * *', timezone: 'Europe/Brussels', catchUp: true });
  });

  test.each([
    ['[startup.a]\nafter = []', '"startup.a.name" is missing, expected string, received undefined'],
    ['[startup.a]\nname = "x"\naftr = []', '"startup.a.aftr" is unknown, did you mean "after"?'],
    ['[startup.a]\nname = "x"\nrunning_match = "("', '"startup.a.running_match" is "(", '],
    ['[startup.a]\nname = "x"\nrunning_match = "x"\nraw = true', 'expected it without "raw"'],
    ['[startup.a]\nname = "x"\ncron = "soon"', '"startup.a.cron" is "soon", '],
    ['[startup.a]\nname = "x"\ncron = "* * * * *"\nrecurring_period = 5', 'expected it without "recurring_period"'],
    ['[startup.a]\nname = "x"\ncron = "* * * * *"\nprotected = true', 'expected it without "protected"'],
    ['[startup.a]\nname = "x"\ntimezone = "UTC"', 'expected it together with "cron"'],
    ['[startup.a]\nname = "x"\nrunning_probe = {}', 'expected one of "tcp", "unix" and "http"'],
    ['[startup.a]\nname = "x"\nrunning_probe = { tcp = "80" }', 'running_probe'],
    ['[startup.a]\nname = "x"\nmax_restart = -1', '"startup.a.max_restart" is -1, '],
    ['[startup.net]\nname = "x"', '"startup.net" "net" has a meaning of its own and can be no entry’s id'],
    ['[startup."a b"]\nname = "x"', 'can be no entry’s id: must be printable ASCII without spaces'],
    ['startup = 3', '"startup" is 3'],
  ])('refuses %j', async (text, message) => {
    expect((await trouble(text)).replaceAll("'", '’')).toContain(message);
  });
});

describe('included directories', () => {
  const entry = (id: string, name = 'x') => `[startup.${id}]\nname = "${name}"\n`;

  test('give entries, file by file in the order of their names, and only those ending in .toml', async () => {
    const { entries, problems, at } = await read(`startup.include = ["a.d", "b.d"]\n${entry('main')}`, {
      'a.d/20.toml': entry('a20'),
      'a.d/10.toml': entry('a10') + entry('a11'),
      'a.d/10.toml.bak': entry('no'),
      'b.d/x.toml': '',
      'b.d/y.toml': '[startup.b]\nname = "x"\nrunning_probe = { unix = "b.sock" }',
    });
    expect(problems).toEqual([]);
    expect(entries.map(({ id }) => id)).toEqual(['main', 'a10', 'a11', 'a20', 'b']);
    expect(entries[4]).toMatchObject({
      source: path.join(at, 'b.d/y.toml'),
      running: { probe: { path: path.join(at, 'b.d/b.sock') } },
    });
  });

  test('can not exchange an entry that stands somewhere already', async () => {
    const { entries, problems, at } = await read(`startup.include = ["a.d"]\n${entry('web', 'first')}`, {
      'a.d/1.toml': entry('web', 'second') + entry('other'),
    });
    expect(entries.map(({ id, command }) => [id, command.command])).toEqual([
      ['web', 'first'],
      ['other', 'x'],
    ]);
    expect(problems).toEqual([
      {
        source: path.join(at, 'a.d/1.toml'),
        message: `"startup.web" is not used: it stands in "${path.join(at, 'corex.toml')}" already`,
      },
    ]);
  });

  test('with something wrong are told, and the rest is used', async () => {
    const { entries, problems, at } = await read('startup.include = ["a.d", "missing.d"]', {
      'a.d/1.toml': 'startup = ',
      'a.d/2.toml': '[startup.a]\nnme = "x"',
      'a.d/3.toml': '[jobs]\nmax = 3',
      'a.d/4.toml': entry('boot'),
      'a.d/5.toml': entry('fine'),
    });
    expect(entries.map(({ id }) => id)).toEqual(['fine']);
    expect(problems.map(({ source, isUnreadable }) => [path.relative(at, source), isUnreadable])).toEqual([
      ['a.d/1.toml', true],
      ['a.d/2.toml', true],
      ['a.d/3.toml', true],
      ['a.d/4.toml', true],
      ['missing.d', true],
    ]);
    expect(problems[1]?.message).toContain('did you mean "name"?');
  });

  test('that everybody may write are not used', async () => {
    await using directory = tempDir();
    await mkdir(directory.at('a.d'));
    await writeFile(directory.at('a.d/1.toml'), entry('evil'));
    await chmod(directory.at('a.d/1.toml'), 0o666);
    await writeFile(directory.at('corex.toml'), 'startup.include = ["a.d"]');
    const { startup } = loadConfig({ file: directory.at('corex.toml'), environment: {}, uid: 0 });
    expect(startup).toMatchObject({
      entries: [],
      problems: [{ message: expect.stringContaining('everybody may write it') }],
    });
    await rm(directory.at('a.d'), { recursive: true });
  });
});

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { finished, runningAgent, type RunningAgent } from '../corex.ts';
import { restarted } from '../restarted-agent.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
  await agent.run([
    'run',
    '--id',
    'ended',
    '--',
    'sh',
    '-c',
    'for i in 1 2 3 4 5; do echo "line $i"; done; printf open',
  ]);
  await agent.run([
    'run',
    '--id',
    'both',
    '--',
    'sh',
    '-c',
    'echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three',
  ]);
  const living = 'for i in 1 2 3; do echo "live $i"; done; printf "not yet"; exec sleep 600';
  await agent.run(['run', '-d', '--id', 'lives', '--', 'sh', '-c', living]);
  await until('it has said all', async () => (await agent.json(['ps'])).jobs[0].output === 28);
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

const out = async (...args: string[]) => {
  const { code, stdout, stderr } = await agent.run(['logs', ...args]);
  expect(code, stderr).toBe(0);
  return stdout.toString();
};
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('corex logs', () => {
  test('gives back what a job wrote, byte by byte', async () => {
    expect(await out('ended')).toBe('line 1\nline 2\nline 3\nline 4\nline 5\nopen');
    expect(await agent.run(['logs', 'both'])).toMatchObject({ stdout: Buffer.from('one\nthree\n'), stderr: 'two\n' });
  });

  test('of a live job ends where the job is now', async () => {
    expect(await out('lives')).toBe('live 1\nlive 2\nlive 3\nnot yet');
  });

  test.each([
    ['0', ''],
    ['1', 'open'],
    ['2', 'line 5\nopen'],
    ['100', 'line 1\nline 2\nline 3\nline 4\nline 5\nopen'],
  ])('--tail %s', async (lines, text) => {
    expect(await out('--tail', lines, 'ended')).toBe(text);
  });

  test('--tail of a live job', async () => {
    expect(await out('-n', '2', 'lives')).toBe('live 3\nnot yet');
  });

  test('--tail finds its lines in a long log, too', async () => {
    await agent.run(['run', '--id', 'long', '--', 'seq', '1', '200000'], { withinMs: 20_000 });
    expect(await out('-n', '3', 'long')).toBe('199998\n199999\n200000\n');
    const many = await out('-n', '50000', 'long');
    expect(many.split('\n')).toHaveLength(50_001);
    expect(many.startsWith('150001\n')).toBe(true);
  });

  test('--from begins at a position', async () => {
    expect(await out('--from', '28', 'ended')).toBe('line 5\nopen');
    expect(await out('--from', '100', 'lives')).toBe('');
  });

  test('--stdout and --stderr choose', async () => {
    expect(await agent.run(['logs', '--stdout', 'both'])).toMatchObject({
      stdout: Buffer.from('one\nthree\n'),
      stderr: '',
    });
    expect(await agent.run(['logs', '--stderr', 'both'])).toMatchObject({ stdout: Buffer.alloc(0), stderr: 'two\n' });
    expect(await out('--stderr', 'lives')).toBe('');
  });

  test('-m shows messages with their time', async () => {
    const { stdout, stderr } = await agent.run(['logs', '-m', 'both']);
    expect(stdout.toString()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} one\n\d\d:\d\d:\d\d\.\d{3} three\n$/);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} stderr: two\n$/);
  });

  test('--json gives one object a line', async () => {
    expect(jsonLines(await out('--json', 'both'))).toEqual([
      { run: 1, seq: 3, level: 1, text: 'one', epoch: expect.any(Number) },
      { run: 1, seq: 7, level: 2, text: 'two', epoch: expect.any(Number) },
      { run: 1, seq: 13, level: 1, text: 'three', epoch: expect.any(Number) },
    ]);
    expect(jsonLines(await out('--json', '-n', '2', 'lives')).map(({ text }) => text)).toEqual(['live 3']);
  });

  test('messages of a live job do not wait for a block that is still open', async () => {
    await agent.run([
      'run',
      '-d',
      '--id',
      'block',
      '--',
      'sh',
      '-c',
      'echo before; echo 20:::; echo inside; exec sleep 600',
    ]);
    await until('it has said all', async () => (await agent.json(['ps'])).jobs.at(-1).output === 20);
    expect(jsonLines(await out('--json', 'block')).map(({ text }) => text)).toEqual(['before']);
  });

  test('-f follows until the job has ended', async () => {
    await using directory = tempDir();
    const gate = directory.at('gate');
    await agent.run([
      'run',
      '-d',
      '--id',
      'followed',
      '--',
      'sh',
      '-c',
      'echo first; echo second; while [ ! -e "$0" ]; do sleep 0.02; done; echo third',
      gate,
    ]);
    await until('it has said two lines', async () => (await agent.json(['ps'])).jobs.at(-1)?.output === 13);
    const child = agent.start(['logs', '-f', '-n', '1', 'followed']);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = finished(child);
    await until('it shows the newest line', () => said === 'second\n');
    writeFileSync(gate, '');
    await ended;
    expect(said).toBe('second\nthird\n');
    expect(await out('-f', 'followed')).toBe('first\nsecond\nthird\n');
  });

  test('goes quietly when its reader goes', async () => {
    const child = agent.start(['logs', '-f', 'lives']);
    const ended = finished(child);
    child.stdout?.once('data', () => child.stdout?.destroy());
    await until('it was read', () => child.stdout?.destroyed === true);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ stderr: '' });
  });

  test('--since and --until choose by time', async () => {
    await using directory = tempDir();
    const gate = directory.at('gate');
    const script = 'echo early; while [ ! -e "$0" ]; do sleep 0.02; done; echo late; echo "7::warned"';
    await agent.run(['run', '-d', '--id', 'timed', '--', 'sh', '-c', script, gate]);
    await until('it has said the first', async () => (await out('timed')) === 'early\n');
    const [{ epoch }] = jsonLines(await out('--json', 'timed')) as [{ epoch: number }];
    await until('a moment is over', () => Date.now() > epoch + 20);
    writeFileSync(gate, '');
    await agent.run(['wait', 'timed']);
    const between = new Date(epoch + 10).toISOString();
    expect(await out('--since', between, 'timed')).toBe('late\n7::warned\n');
    expect(await out('--until', between, 'timed')).toBe('early\n');
    expect(await out('--since', '1h', '-n', '1', 'timed')).toBe('7::warned\n');
    expect(await out('--until', '1h', 'timed')).toBe('');
    expect(await out('-t', '--until', between, 'timed')).toBe(`${new Date(epoch).toISOString()} early\n`);
    expect(await out('--level', 'warning', 'timed')).toMatch(/^[\d:.]+ warning: warned\n$/);
    expect(await out('--level', '0-6', '-n', '1', '-t', 'timed')).toMatch(/^\d{4}-.*Z late\n$/);
  });

  test('--level of a live job does not wait for the next message of that level', async () => {
    expect(await out('--level', 'warning', 'lives')).toBe('');
    expect(await out('--level', '1', '-n', '2', 'lives')).toMatch(/^[\d:.]+ live 2\n[\d:.]+ live 3\n$/);
  });

  test('shows several jobs in order of time, each line behind its id', async () => {
    await using directory = tempDir();
    const gates = [directory.at('one'), directory.at('two')];
    const script = 'echo "$1 first"; while [ ! -e "$0" ]; do sleep 0.02; done; echo "$1 second"';
    for (const [at, id] of ['several-a', 'several-bb'].entries()) {
      await agent.run(['run', '-d', '--id', id, '--', 'sh', '-c', script, gates[at] ?? '', id]);
      await until('it has spoken', async () => (await agent.run(['logs', id])).stdout.includes('first'));
    }
    const child = agent.start(['logs', '-f', 'several-a', 'several-bb']);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = finished(child);
    await until('both have spoken', () => said.includes('several-bb first'));
    writeFileSync(gates[1] ?? '', '');
    await until('the second has gone on', () => said.includes('several-bb second'));
    writeFileSync(gates[0] ?? '', '');
    expect((await ended).code).toBe(0);
    expect(said).toBe(
      [
        'several-a  | several-a first',
        'several-bb | several-bb first',
        'several-bb | several-bb second',
        'several-a  | several-a second',
        '',
      ].join('\n'),
    );
    expect(await out('several-a', 'several-bb')).toBe(said);
    expect(await out('--raw', 'several-a', 'several-bb')).toBe(
      'several-a first\nseveral-a second\nseveral-bb first\nseveral-bb second\n',
    );
    expect(jsonLines(await out('--json', 'several-a', 'several-bb')).map(({ id, text }) => [id, text])).toEqual([
      ['several-a', 'several-a first'],
      ['several-bb', 'several-bb first'],
      ['several-bb', 'several-bb second'],
      ['several-a', 'several-a second'],
    ]);
  });

  test('-f goes on over a restart of the job and of the agent, without losing or doubling a line', async () => {
    await using other = await runningAgent();
    const gate = other.directory.at('gate');
    const script =
      'echo one; [ -e "$0" ] || { echo failing; touch "$0"; exit 1; }; while [ ! -e "$0.2" ]; do sleep 0.02; done; echo last';
    await other.run(['run', '-d', '--id', 'again', '--max-restart', '1', '--', 'sh', '-c', script, gate]);
    const child = other.start(['logs', '-f', 'again']);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = finished(child);
    await until('the second run has begun', () => said === 'one\nfailing\none\n');
    other.process.kill('SIGKILL');
    await until('the agent is dead', () => other.process.signalCode !== null);
    await using _again = await restarted(other);
    writeFileSync(`${gate}.2`, '');
    await ended;
    expect(said).toBe('one\nfailing\none\nlast\n');
  });

  test('shows dropped output where it is missing', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('small.toml'), '[output]\njob_bytes = "64KiB"\n');
    await using small = await runningAgent('--config', directory.at('small.toml'));
    await small.run(['run', '--id', 'long', '--', 'seq', '1', '100000']);
    const { stdout, stderr } = await small.run(['logs', 'long']);
    expect(stdout.toString().endsWith('\n99999\n100000\n')).toBe(true);
    expect(stderr).toMatch(/^corex: [\d.]+ KiB of output are missing here \(positions 0 to \d+\)\n$/);
    const [gap] = jsonLines((await small.run(['logs', '--json', 'long'])).stdout.toString());
    expect(gap).toEqual({ gap: { from: 0, to: expect.any(Number) } });
  });

  test.each([
    [['--since', '1h', '--from', '2'], 'both say where to begin'],
    [['-f', '--until', '1h'], 'one ends where the other goes on'],
    [['--from', '2', 'lives'], 'each has positions of its own'],
    [['--raw', '-t'], 'messages have times, bytes have none'],
    [['--raw', '-f', 'lives'], 'nobody could tell them apart'],
    [['--since', 'yesterday'], 'a duration such as 10m'],
    [['--level', 'warnin'], 'did you mean "warning"?'],
  ])('refuses %j', async (args, why) => {
    expect(await agent.run(['logs', ...args, 'ended'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why),
    });
  });

  test('says that there is no such job, and what does not go together', async () => {
    expect(await agent.run(['logs', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot .*"nobody"/),
    });
    expect(await agent.run(['logs', '-n', '1', '--from', '2', 'ended'])).toMatchObject({ code: 2 });
    expect(await agent.run(['logs'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('something is missing'),
    });
  });
});

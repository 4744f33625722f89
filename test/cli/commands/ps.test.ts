import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { agentWithJobs } from '../agent-with-jobs.ts';
import type { RunningAgent } from '../corex.ts';
import { screenAfter } from '../terminal-screen.ts';
import { onTerminal } from '../terminal.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await agentWithJobs();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

const ids = (jobs: { id: string }[]) => jobs.map(({ id }) => id);

describe('corex ps', () => {
  test('sorts, filters by command, and shows the columns that are wanted', async () => {
    const columnsOf = async (...args: string[]) =>
      (await agent.run(['ps', '-a', ...args])).stdout
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    expect(await columnsOf('--columns', 'id,state,code', '--sort=-id')).toEqual([
      ['ID', 'STATE', 'CODE'],
      ['waits', 'queued'],
      ['lives', 'running'],
      ['failed', 'exit 3', '1003'],
    ]);
    const [header, ...rows] = await columnsOf('--columns', '+mem,last', '--sort', 'state', '--tag', 'web');
    expect(header).toEqual(expect.arrayContaining(['ID', 'TAGS', 'MEM']));
    expect(rows[0]?.at(-1)).toMatch(/^\d.* [KMG]iB$/);
    expect(ids((await agent.json(['ps', '-a', '--command', 'core.system'])).jobs)).toHaveLength(3);
    expect(ids((await agent.json(['ps', '-a', '--command', 'core.other'])).jobs)).toEqual([]);
  });

  test.each([
    [['--columns', 'id,stat'], 'did you mean "state"?'],
    [['--sort', 'size'], 'one of id, state'],
  ])('refuses %j', async (args, why) => {
    expect(await agent.run(['ps', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
  });

  test.runIf(requires('python3'))('--wide cuts nothing', async () => {
    await using screen = onTerminal(['ps', '-a', '-w'], agent.dataDir, 30);
    expect(await screen.ended).toBe(0);
    expect(screen.text()).toContain('nacht/夜');
    expect(screen.text()).toContain('echo err >&2; exit 3');
  });

  test.runIf(requires('python3'))('--watch shows it again and again, until q', async () => {
    await using screen = onTerminal(['ps', '--watch', '-i', '0.1', '--columns', 'id,state'], agent.dataDir, 60);
    await screen.shows('lives');
    await agent.run(['run', '-d', '--id', 'comes', '-q', 'disk', '--', 'true']);
    await screen.shows('comes');
    await agent.run(['cancel', 'comes']);
    const rows = (): string[] => screenAfter(screen.text(), 60);
    await until('it is gone again', () => !rows().join('\n').includes('comes'));
    expect(rows()[0]).toMatch(/^Every 0\.1 s, q ends +\d\d:\d\d:\d\d$/);
    expect(rows().slice(1, 5)).toEqual(['ID     STATE', 'lives  running', 'waits  queued', '']);
    screen.type('q');
    expect(await screen.ended).toBe(0);
    expect(screen.settings()).toBe('kept');
    expect(screen.text().endsWith('\u001B[?1049l')).toBe(true);
  });

  test('--watch needs a terminal, and says what to use instead', async () => {
    expect(await agent.run(['ps', '--watch'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"corex ps --json"'),
    });
  });
});

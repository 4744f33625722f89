import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';
import { restarted } from '../restarted-agent.ts';
import { screenAfter } from '../terminal-screen.ts';
import { onTerminal, type TerminalScreen } from '../terminal.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent('--name', 'stage');
  const begin = (id: string, options: string[], script: string) =>
    agent.run(['run', '-d', '--id', id, ...options, '--', 'sh', '-c', script]);
  await begin('web', ['--tag', 'prod'], 'echo "request 1"; echo "7::slow" ; echo oops >&2; exec sleep 600');
  await begin('worker', ['--tag', 'prod', '-q', 'disk'], 'echo "step 1"; exec sleep 600');
  await begin('next', ['-q', 'disk'], 'true');
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

/** What the screen shows, times and figures aside, which change. */
const rowsOf = (screen: TerminalScreen, columns = 80, rows = 24): string[] => screenAfter(screen.text(), columns, rows);
const shows = (screen: TerminalScreen, text: string | RegExp, columns = 80): Promise<unknown> =>
  until(`the screen shows ${text.toString()}`, () => {
    const shown = rowsOf(screen, columns).join('\n');
    return typeof text === 'string' ? shown.includes(text) : text.test(shown);
  });
const watch = (args: string[] = [], columns = 80, env: Record<string, string> = {}): TerminalScreen =>
  onTerminal(['top', '-i', '0.2', ...args], agent.dataDir, columns, env);

describe.runIf(requires('python3'))('corex top', () => {
  test('shows live jobs with what they said last, and leaves the terminal as it was', async () => {
    await using screen = watch();
    await shows(screen, 'step 1');
    const rows = rowsOf(screen);
    expect(rows[0]).toBe(`corex top  stage${' '.repeat(37)}3 live: 2 running, 1 queued`);
    expect(rows[1]).toMatch(/^ID {13}STATE {7}CPU% {6}MEM {4}TIME {2}RUNS QUEUE {4}LAST MESSAGE$/);
    expect(rows[2]).toMatch(/^web {12}running +[\d.]+ +[\d.]+ [KM]iB +[\d.]+ m?s +1 {10}(oops|slow)$/);
    expect(rows[3]).toMatch(/^worker {9}running .* 1 disk {5}step 1$/);
    expect(rows[4]).toMatch(/^next {11}queued +0 disk$/);
    expect(rows.slice(5, 23)).toEqual(Array.from({ length: 18 }, () => ''));
    expect(rows[23]).toBe('q quit  Enter log  d details  k kill  c cancel  / filter  < > sort  ? help');
    screen.type('q');
    expect(await screen.ended).toBe(0);
    expect(screen.settings()).toBe('kept');
    expect(screen.text().startsWith('\u001B[?1049h\u001B[?25l\u001B[?7l')).toBe(true);
    expect(screen.text().endsWith('\u001B[m\u001B[?7h\u001B[?25h\u001B[?1049l')).toBe(true);
  });

  test('uses a wide screen, and takes the size of the window when that changes', async () => {
    await using screen = watch([], 200);
    await shows(screen, 'sh -c echo "step 1"', 200);
    expect(rowsOf(screen, 200)[1]).toMatch(/AGE▲ +PID +OUTPUT QUEUE +TAGS +COMMAND +LAST MESSAGE$/);
    const before = screen.text().length;
    screen.resize(40, 10);
    const after = (): string[] => screenAfter(screen.text().slice(before), 40, 10);
    await until('it is drawn for the small one', () => after()[9]?.startsWith('q quit') === true);
    for (const row of after()) expect(row.length).toBeLessThanOrEqual(40);
    screen.type('q');
    expect(await screen.ended).toBe(0);
  });

  test('writes only what has changed, each frame at once', async () => {
    await using screen = watch();
    await shows(screen, 'step 1');
    const before = screen.text().length;
    await until('some frames have gone by', () => screen.text().length > before + 400);
    const written = screen.text().slice(before);
    expect(written).not.toContain('\u001B[2J');
    expect(written.split('\u001B[?2026h').length).toBe(written.split('\u001B[?2026l').length);
    screen.type('q');
    await screen.ended;
  });

  test('filters and sorts by keys', async () => {
    await using screen = watch();
    await shows(screen, 'step 1');
    screen.type('I');
    await until(
      'they are sorted by id',
      () => (rowsOf(screen)[1] ?? '').startsWith('ID▲') && (rowsOf(screen)[2] ?? '').startsWith('next'),
    );
    screen.type('/tag:prod work');
    await shows(screen, 'Filter: tag:prod work');
    screen.type('\r');
    await shows(screen, '1 of 3 live: 1 running');
    expect(rowsOf(screen)[23]).toMatch(/filter: tag:prod work$/);
    screen.type('/\u0015state:nonsense\r');
    await shows(screen, 'Unknown state "nonsense"');
    screen.type('\u001B');
    await shows(screen, '3 live: 2 running, 1 queued');
    screen.type('\u0003');
    expect(await screen.ended).toBe(0);
  });

  test('reads the log of the chosen job, with times and search', async () => {
    await using screen = watch(['web']);
    await shows(screen, '1 of 3 live');
    screen.type('\r');
    await shows(screen, 'warning: slow');
    const log = rowsOf(screen);
    expect(log[0]).toMatch(/^Log of web +1-\d of \d, following$/);
    await shows(screen, 'oops');
    expect(rowsOf(screen)).toEqual(expect.arrayContaining(['request 1', 'warning: slow', 'oops']));
    screen.type('t');
    await shows(screen, /\d\d:\d\d:\d\d\.\d{3} request 1/);
    screen.type('/nowhere\r');
    await shows(screen, 'Not found: nowhere');
    screen.type('q');
    await shows(screen, '1 of 3 live');
    screen.type('d');
    await shows(screen, /does +sh -c echo "request 1"/);
    expect(rowsOf(screen)[0]).toBe('Job web');
    screen.type('qq');
    expect(await screen.ended).toBe(0);
  });

  test('kills after a question, and cancels', async () => {
    await agent.run(['run', '-d', '--id', 'victim', '--', 'sleep', '600']);
    await using screen = watch(['victim']);
    await shows(screen, /victim +running/);
    screen.type('k');
    await shows(screen, 'Kill "victim" for good? y: yes, any other key: no');
    screen.type('n');
    await shows(screen, 'q quit');
    expect((await agent.json(['ps'])).jobs).toHaveLength(4);
    screen.type('c');
    await shows(screen, 'Cancel "victim" for good?');
    screen.type('y');
    await shows(screen, 'Cannot cancel the job "victim": it runs');
    screen.type('k');
    await shows(screen, 'Kill "victim"');
    screen.type('y');
    await shows(screen, 'No live job matches the filter.');
    screen.type('q');
    expect(await screen.ended).toBe(0);
    expect(await agent.json(['result', 'victim'])).toMatchObject({ reason: 'killed' });
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s leaves the terminal as it was', async (signal) => {
    await using screen = watch();
    await shows(screen, 'step 1');
    screen.signal(signal);
    expect(await screen.ended).toBe(signal === 'SIGTERM' ? 143 : 129);
    expect(screen.settings()).toBe('kept');
    expect(screen.text().endsWith('\u001B[?1049l')).toBe(true);
  });

  test('says that the connection is lost, and goes on when the agent is back', async () => {
    await using other = await runningAgent();
    await other.run(['run', '-d', '--id', 'survivor', '--', 'sleep', '600']);
    await using screen = onTerminal(['top', '-i', '0.2'], other.dataDir);
    await shows(screen, /survivor +running/);
    other.process.kill('SIGKILL');
    await shows(screen, 'The connection to the agent is lost, trying again; jobs go on');
    expect(rowsOf(screen)[2]).toMatch(/^survivor +running/);
    await using _again = await restarted(other);
    await shows(screen, 'Connected again');
    await other.run(['run', '-d', '--id', 'fresh', '--', 'sleep', '600']);
    await shows(screen, /fresh +running/);
    screen.type('q');
    expect(await screen.ended).toBe(0);
    expect(screen.settings()).toBe('kept');
  });

  test('has no colours with NO_COLOR, and ASCII alone where the locale has', async () => {
    await using screen = watch([], 80, { NO_COLOR: '1', LC_ALL: 'C' });
    await shows(screen, 'step 1');
    screen.type('C');
    await shows(screen, /CPU%v/);
    // eslint-disable-next-line no-control-regex -- colours are what is looked for
    expect(screen.text()).not.toMatch(/\u001B\[[1-9]\d*m/);
    // eslint-disable-next-line no-control-regex -- all that is not ASCII is looked for
    expect(screen.text()).not.toMatch(/[^\u0000-\u007F]/);
    expect(rowsOf(screen)[2]).toMatch(/^>/);
    screen.type('q');
    await screen.ended;
  });

  test('tells its keys', async () => {
    await using screen = watch();
    await shows(screen, 'step 1');
    screen.type('?');
    await shows(screen, 'Keys of corex top');
    for (const row of rowsOf(screen)) expect(row).not.toContain('…');
    screen.type('qq');
    expect(await screen.ended).toBe(0);
  });
});

describe('corex top without a terminal', () => {
  test('says what to use instead', async () => {
    expect(await agent.run(['top'])).toMatchObject({ code: 1, stderr: expect.stringContaining('"corex ps --json"') });
  });

  test('refuses a filter it can not read', async () => {
    expect(await agent.run(['top', 'state:runing'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "running"?'),
    });
  });

  test('needs an agent', async () => {
    await using directory = tempDir();
    const env = { COREX_DATA_DIR: directory.at('none') };
    await using screen = onTerminal(['top'], directory.at('none'), 80, env);
    expect(await screen.ended).toBe(125);
    expect(screen.text()).toContain('Cannot find an agent');
    expect(screen.text()).not.toContain('\u001B[?1049h');
  });
});

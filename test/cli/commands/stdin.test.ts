import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { finished, runningAgent, type RunningAgent } from '../corex.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

describe('corex stdin', () => {
  test('sends text as it is, lines, and what is piped in, then the end', async () => {
    await agent.run(['run', '-di', '--id', 'cat', '--', 'cat']);
    expect(await agent.run(['stdin', 'cat', 'as it is '])).toMatchObject({ code: 0, stderr: '' });
    expect((await agent.run(['stdin', '-l', 'cat', 'a line'])).code).toBe(0);
    const input = randomBytes(2_500_000);
    const sent = await agent.run(['stdin', '--eof', '--json', 'cat'], { input });
    expect(JSON.parse(sent.stdout.toString())).toEqual({ id: 'cat', bytes: 2_500_000, ended: true });
    expect((await agent.run(['wait', 'cat'])).code).toBe(0);
    const { stdout } = await agent.run(['logs', 'cat']);
    expect(stdout.equals(Buffer.concat([Buffer.from('as it is a line\n'), input]))).toBe(true);
  });

  test('waits for a job that does not run yet', async () => {
    await agent.run(['queue', 'pause', 'later']);
    await agent.run(['run', '-di', '-q', 'later', '--id', 'waiting', '--', 'cat']);
    const sending = agent.start(['stdin', '--eof', 'waiting', 'early']);
    const sent = finished(sending);
    await agent.run(['queue', 'resume', 'later']);
    expect((await sent).code).toBe(0);
    await agent.run(['wait', 'waiting']);
    expect((await agent.run(['logs', 'waiting'])).stdout.toString()).toBe('early');
  });

  test.each([
    ['has ended', ['run', '--id', 'ended', '--', 'true'], 'ended'],
    ['takes no input', ['run', '-d', '--id', 'deaf', '--', 'sleep', '60'], 'deaf'],
  ])('says that a job %s', async (_what, start, id) => {
    await agent.run(start);
    const { code, stderr } = await agent.run(['stdin', id, 'x']);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^corex: Cannot write to job "${id}"`));
    await agent.run(['kill', id]);
  });

  test('a terminal that nobody reads takes what its credit allows, and holds up nobody', async () => {
    const script = 'stty raw -echo; echo ready; exec sleep 60';
    await agent.run(['exec', '-dt', '--id', 'unread', '--', 'sh', '-c', script]);
    await until('it is ready', async () =>
      (await agent.json(['ps'])).jobs.some((job: { output: number }) => job.output),
    );
    const sending = agent.start(['stdin', 'unread']);
    const sent = finished(sending);
    const stdin = sending.stdin!.on('error', () => undefined);
    let taken = 0;
    // Not more than this, whatever becomes of it.
    const pieces = Array.from({ length: 800 }, () => Buffer.alloc(10_000, 'x'));
    for (const piece of pieces) stdin.write(piece, (error) => (taken += error ? 0 : piece.length));
    await until('it takes no more', () => unchanged(() => taken));
    // The client's credit, as much again in the agent's hands or the keeper's, and the pipe's own.
    expect(taken).toBeLessThan(4 * 1024 * 1024);
    const run = await within(10_000, 'another job', agent.run(['run', '-i', '--', 'cat'], { input: 'meanwhile' }));
    expect(run.stdout.toString()).toBe('meanwhile');
    expect(sending.exitCode).toBeNull();
    expect((await agent.run(['kill', '-s', 'KILL', 'unread'])).code).toBe(0);
    expect((await sent).code).toBe(1);
  });

  test.each([
    [['stdin'], 'something is missing'],
    [['stdin', 'a', 'b', 'c'], '"c" is one word too many'],
  ])('refuses %j', async (args, message) => {
    expect(await agent.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});

/** Whether a figure stands still for a while. */
async function unchanged(figure: () => number): Promise<boolean> {
  const before = figure();
  await agent.run(['ps']);
  return before > 0 && figure() === before;
}

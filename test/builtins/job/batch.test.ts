import { existsSync, readFileSync } from 'node:fs';
import type { Agent } from 'corex';
import { describe, expect, test } from 'vitest';
import type { BatchSummary } from '../../../src/protocol/batch-summary.ts';
import type { WireCommand } from '../../../src/protocol/command.ts';
import type { JobResult } from '../../../src/protocol/result.ts';
import { accept, answerOf, shell, testAgent } from '../../harness/test-agent.ts';
import { until } from '../../harness/until.ts';

type Entry = Partial<WireCommand> & { readonly name?: string };

function batch(id: string, commands: readonly Entry[], more: object = {}): WireCommand {
  return { command: 'job.batch', id, arguments: { commands, ...more } };
}

function summaryOf(result: JobResult): BatchSummary {
  return JSON.parse(result.data) as BatchSummary;
}

async function refusalOf(agent: Agent, command: WireCommand): Promise<JobResult> {
  const answer = await answerOf(agent.submit(command));
  if (answer.type !== 'refused') throw new Error('It was accepted');
  return answer.result;
}

describe('job.batch', () => {
  test('runs its commands, each after those it names, and sums up how they ended', async () => {
    await using stage = await testAgent();
    const { agent, dataDir } = stage;
    const order = `${dataDir}/order`;
    const result = await agent.run(
      batch('all', [
        { ...shell(`echo last >> ${order}`), after: ['build', { id: 'test', condition: 'done' }] },
        { ...shell(`echo build >> ${order}`), name: 'build' },
        { ...shell(`echo test >> ${order}`), name: 'test', after: ['build'] },
      ]),
    );
    expect(result).toMatchObject({ state: 'SUCCESS', code: 0, runs: 1, command: 'job.batch' });
    expect(summaryOf(result)).toMatchObject({
      jobs: 3,
      states: { SUCCESS: 3 },
      reasons: { exited: 3 },
      failed: 0,
      failures: [],
      stopped: false,
    });
    expect(readFileSync(order, 'utf8')).toBe('build\ntest\nlast\n');
    expect(await agent.jobs.result('all.build')).toMatchObject({ state: 'SUCCESS' });
    expect(await agent.jobs.result('all.1')).toMatchObject({ state: 'SUCCESS' });
    expect(agent.jobs.list()).toEqual([]);
  });

  test('fails when one of its jobs does, and goes on with the others', async () => {
    await using stage = await testAgent();
    const result = await stage.agent.run(
      batch('mixed', [
        { ...shell('exit 3'), name: 'bad' },
        { ...shell('true'), after: ['bad'] },
        { ...shell('true'), after: [{ id: 'bad', condition: 'done' }] },
      ]),
    );
    expect(result).toMatchObject({
      state: 'ERROR',
      reason: 'failed',
      code: 500,
      error: { message: '2 of 3 jobs did not succeed: "mixed.bad", "mixed.2"' },
    });
    expect(summaryOf(result)).toMatchObject({
      states: { SUCCESS: 1, ERROR: 1, KILLED: 1 },
      failures: [
        { id: 'mixed.bad', state: 'ERROR', code: 1003, reason: 'exited' },
        { id: 'mixed.2', state: 'KILLED', code: 424, reason: 'dependency-failed' },
      ],
    });
  });

  test('with "stop" starts nothing more once one has failed; what runs goes on', async () => {
    await using stage = await testAgent();
    const { agent, dataDir } = stage;
    const commands = [
      { ...shell('exit 1'), name: 'bad' },
      ...Array.from({ length: 20 }, (_, n) => shell(`touch ${dataDir}/ran-${n}`)),
    ];
    const result = await agent.run(batch('row', commands, { max_in_flight: 1, on_failure: 'stop' }));
    expect(summaryOf(result)).toMatchObject({
      stopped: true,
      failed: 21,
      reasons: { exited: 1, cancelled: 20 },
    });
    expect(existsSync(`${dataDir}/ran-0`)).toBe(false);
    expect((await agent.jobs.result('row.2')).error?.message).toBe('Its batch "row" starts nothing more');
    expect(agent.jobs.list()).toEqual([]);
  });

  test('runs no more at once than its bound, and tells who waits for a turn', async () => {
    await using stage = await testAgent();
    const { agent, dataDir } = stage;
    const script = `echo + >> ${dataDir}/log; until [ -e ${dataDir}/go ]; do sleep 0.01; done; echo - >> ${dataDir}/log`;
    const id = await accept(
      agent,
      batch(
        'wide',
        Array.from({ length: 9 }, () => shell(script)),
        { max_in_flight: 3 },
      ),
    );
    await until('three run', () => agent.jobs.list({ states: ['running'], command: 'core.system' }).length === 3);
    const waiting = agent.jobs.list({ states: ['queued'] });
    expect(waiting).toHaveLength(6);
    expect(waiting[0]).toMatchObject({ batch: 'wide', waiting_for: [{ id: 'wide', condition: 'turn' }] });
    await agent.run(shell(`touch ${dataDir}/go`));
    expect((await (await agent.jobs.view(id)).result).state).toBe('SUCCESS');
    let most = 0;
    let now = 0;
    for (const sign of readFileSync(`${dataDir}/log`, 'utf8').trim().split('\n')) {
      now += sign === '+' ? 1 : -1;
      most = Math.max(most, now);
    }
    expect(most).toBe(3);
  });

  test('ends its jobs when it is killed, those that run and those that wait', async () => {
    await using stage = await testAgent();
    const { agent } = stage;
    await accept(
      agent,
      batch(
        'doomed',
        Array.from({ length: 6 }, () => shell('exec sleep 600')),
        { max_in_flight: 2 },
      ),
    );
    await until('two run', () => agent.jobs.list({ states: ['running'], command: 'core.system' }).length === 2);
    const result = agent.jobs.view('doomed').then((view) => view.result);
    await agent.jobs.kill('doomed');
    expect(await result).toMatchObject({ state: 'KILLED', reason: 'killed' });
    expect(summaryOf(await result)).toMatchObject({ states: { KILLED: 6 }, reasons: { killed: 2, cancelled: 4 } });
    expect(agent.jobs.list()).toEqual([]);
  });

  test('is one job for the same id and content', async () => {
    await using stage = await testAgent();
    const once = batch('once', [shell(`echo x >> ${stage.dataDir}/runs`)]);
    const first = await stage.agent.run(once);
    expect(await stage.agent.run(once)).toEqual(first);
    expect(readFileSync(`${stage.dataDir}/runs`, 'utf8')).toBe('x\n');
  });

  test('joins jobs that were there before, and leaves them alone when it ends', async () => {
    await using stage = await testAgent();
    const { agent } = stage;
    await accept(agent, shell('exec sleep 600', { id: 'service' }));
    await agent.run(shell('true', { id: 'done-before' }));
    const commands = [
      { ...shell('exec sleep 600'), id: 'service' },
      { ...shell('true'), id: 'done-before' },
      { ...shell('true'), name: 'new', after: ['done-before', { id: 'service', condition: 'started' as const }] },
    ];
    await accept(agent, batch('joint', commands));
    await until('its own job has ended', async () => (await agent.jobs.get('joint.new')).state === 'settled');
    await agent.jobs.kill('joint');
    expect(await agent.jobs.get('service')).toMatchObject({ state: 'running' });
    await agent.jobs.kill('service');
  });

  test('waits for jobs outside of it, as others do for it', async () => {
    await using stage = await testAgent();
    const { agent } = stage;
    const go = `${stage.dataDir}/go`;
    await accept(agent, shell(`until [ -e ${go} ]; do sleep 0.01; done`, { id: 'before' }));
    await accept(agent, batch('middle', [{ ...shell('true'), after: ['before'] }]));
    const last = agent.run(shell('true', { id: 'last', after: ['middle'] }));
    await until('the member is there', async () => agent.jobs.get('middle.1').then(Boolean, () => false));
    await agent.run(shell(`touch ${go}`));
    expect(await last).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('job.batch refuses, and starts nothing:', () => {
  const good = { ...shell('true'), name: 'good' };

  test.each([
    [
      'an unknown command',
      [good, { command: 'core.systm' }],
      'unknown-command',
      '"b.2" is refused. Cannot run "core.systm"',
    ],
    ['bad arguments', [good, { command: 'core.system', arguments: {} }], 'bad-arguments', '"b.2" is refused'],
    ['a call', [good, { command: 'core.ping' }], 'bad-command', 'it is a call'],
    ['a batch', [good, batch('inner', [good])], 'bad-arguments', 'A batch can not be in a batch'],
    ['an unknown key', [good, { ...shell('true'), quueue: 'x' }], 'bad-arguments', 'did you mean "queue"'],
    ['a stream', [good, { ...shell('true'), stream: true }], 'bad-arguments', '"stream" means nothing in a batch'],
    ['a missing command', [good, { tags: ['x'] }], 'bad-arguments', 'commands.1 is wrong'],
    ['a name given twice', [good, good], 'bad-arguments', 'have the same id, "b.good"'],
    ['an unknown job', [good, { ...shell('true'), after: ['nobody'] }], 'unknown-job', 'Cannot wait for "nobody"'],
    ['itself', [good, { ...shell('true'), after: ['b'] }], 'bad-command', 'wait for itself'],
    [
      'a cycle',
      [
        { ...shell('true'), name: 'x', after: ['z'] },
        { ...shell('true'), name: 'y', after: ['x'] },
        { ...shell('true'), name: 'z', after: ['y'] },
      ],
      'bad-arguments',
      '"b.x" after "b.z" after "b.y" after "b.x"',
    ],
    ['nothing', [], 'bad-arguments', 'commands'],
  ] as const)('%s', async (_what, commands, code, message) => {
    await using stage = await testAgent();
    const result = await refusalOf(stage.agent, batch('b', commands as readonly Entry[]));
    expect(result).toMatchObject({ refused: true, error: { code, message: expect.stringContaining(message) } });
    expect(stage.agent.jobs.list()).toEqual([]);
  });

  test.each([
    ['queue', 'x'],
    ['max_time', 5],
    ['max_restart', 1],
    ['recurring_period', 1],
  ] as const)('the field %s', async (field, value) => {
    await using stage = await testAgent();
    const result = await refusalOf(stage.agent, { ...batch('b', [good]), [field]: value });
    expect(result).toMatchObject({ error: { code: 'bad-command', message: expect.stringContaining(`"${field}"`) } });
  });

  test('more jobs than there is room for', async () => {
    await using stage = await testAgent({ jobs: { max: 5 } });
    const result = await refusalOf(
      stage.agent,
      batch(
        'b',
        Array.from({ length: 5 }, () => shell('true')),
      ),
    );
    expect(result).toMatchObject({
      code: 429,
      error: { message: expect.stringContaining('there is room for 5 more') },
    });
  });

  test('a job whose id has other content: what was made is ended without having run', async () => {
    await using stage = await testAgent();
    const { agent, dataDir } = stage;
    await agent.run(shell('true', { id: 'taken' }));
    const result = await agent.run(batch('b', [shell(`touch ${dataDir}/ran`), { ...shell('false'), id: 'taken' }]));
    expect(result).toMatchObject({ state: 'ERROR', code: 409, error: { code: 'duplicate-id' } });
    expect(agent.jobs.list()).toEqual([]);
    expect(existsSync(`${dataDir}/ran`)).toBe(false);
  });
});

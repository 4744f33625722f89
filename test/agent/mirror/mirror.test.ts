import { expect, test } from 'vitest';
import type { Agent } from 'corex';
import { Agents } from '../../../src/agent/mirror/agents-resource.ts';
import { Jobs, jobSpecOf } from '../../../src/agent/mirror/jobs-resource.ts';
import { Queues } from '../../../src/agent/mirror/queues-resource.ts';
import type { Resource } from '../../../src/state/resource.ts';
import { accept, shell, testAgent } from '../../harness/test-agent.ts';
import { until } from '../../harness/until.ts';

async function jobs(agent: Agent): Promise<Record<string, unknown>> {
  const all = await agent.state.list({ namespace: 'runtime', type: Jobs.type });
  return Object.fromEntries(all.map((job) => [job.metadata.id, job.spec]));
}

async function find(agent: Agent, pointer: ReturnType<typeof Jobs.pointer>): Promise<Resource | undefined> {
  return await agent.state.find(pointer);
}

test('jobs are resources from when they are accepted until they are long over, as job.get tells of them', async () => {
  await using stage = await testAgent();
  const { agent } = stage;
  await accept(agent, shell('sleep 60', { id: 'long', queue: 'line', tags: ['a'] }));
  await accept(agent, shell('exit 3', { id: 'next', queue: 'line', priority: 2 }));
  const long = await until('it runs', async () => {
    const found = await find(agent, Jobs.pointer('long'));
    return (found?.spec as { pid?: number } | undefined)?.pid === undefined ? undefined : found;
  });
  expect(long.metadata).toMatchObject({ owner: 'corex.mirror', phase: 'running' });
  expect(long.spec).toEqual(jobSpecOf(await agent.jobs.get('long')));
  expect((await find(agent, Jobs.pointer('next')))?.spec).toMatchObject({ state: 'queued', runs: 0, priority: 2 });
  expect(Jobs.read(long).spec).toEqual(long.spec);
  await agent.jobs.kill('long');
  await (
    await agent.jobs.view('next')
  ).result;
  await until('both are over', async () =>
    Object.values(await jobs(agent)).every((spec) => (spec as { state: string }).state === 'settled'),
  );
  for (const id of ['long', 'next']) expect((await jobs(agent))[id]).toEqual(jobSpecOf(await agent.jobs.get(id)));
  expect(await jobs(agent)).toMatchObject({ next: { result: { state: 'ERROR', code: 1003, reason: 'exited' } } });
});

test('queues and the agent itself are resources; queues go when nobody needs them', async () => {
  await using stage = await testAgent({ queues: { kept: { width: 2 } } });
  const { agent } = stage;
  const queue = async (name: string): Promise<unknown> => (await find(agent, Queues.pointer(name)))?.spec;
  await until('the queue is there', async () => await queue('kept'));
  expect(await queue('kept')).toEqual({ width: 2, paused: false, active: 0, waiting: 0 });
  await accept(agent, shell('sleep 60', { id: 'one', queue: 'line' }));
  await accept(agent, shell('true', { id: 'two', queue: 'line' }));
  await until('one is active', async () => ((await queue('line')) as { active: number } | undefined)?.active === 1);
  await until('one waits', async () => ((await queue('line')) as { waiting: number }).waiting === 1);
  agent.queues.pause('kept');
  await until('it is paused', async () => ((await queue('kept')) as { paused: boolean }).paused);
  await agent.queues.set('kept', { width: 7 });
  await until('it is wider', async () => ((await queue('kept')) as { width: number }).width === 7);
  await agent.jobs.killAll();
  await until('it is gone', async () => (await queue('line')) === undefined);
  const [itself] = await agent.state.list({ namespace: 'runtime', type: Agents.type });
  expect(itself?.metadata.id).toBe(agent.name);
  expect(itself?.spec).toMatchObject({ state: 'running', pid: process.pid, endpoints: agent.endpoints });
});

test('an id that is used again names another resource, and one that is held goes when it is let go', async () => {
  await using stage = await testAgent();
  const { agent } = stage;
  await accept(agent, shell('true', { id: 'x', ttl: 0.001 }));
  await (
    await agent.jobs.view('x')
  ).result;
  const first = await until('it is over', async () => {
    const found = await find(agent, Jobs.pointer('x'));
    return (found?.spec as { state: string } | undefined)?.state === 'settled' ? found : undefined;
  });
  await agent.state.addFinalizer(Jobs.pointer('x'), 'a reader');
  await until('the history has forgotten it', async () => {
    await accept(agent, shell('sleep 60', { id: 'x' }));
    return true;
  });
  const held = await until('it is to go', async () => {
    const found = await find(agent, Jobs.pointer('x'));
    return found?.metadata.phase === 'tearing-down' ? found : undefined;
  });
  expect(held.metadata.uid).toBe(first.metadata.uid);
  await agent.state.removeFinalizer(Jobs.pointer('x'), 'a reader');
  const second = await until('the other is there', async () => {
    const found = await find(agent, Jobs.pointer('x'));
    return found?.metadata.phase === 'running' ? found : undefined;
  });
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  expect(second.spec).toMatchObject({ state: expect.stringMatching(/queued|starting|running/) });
});

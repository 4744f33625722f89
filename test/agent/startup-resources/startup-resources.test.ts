import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Agent } from 'corex';
import {
  StartupStatuses,
  type StartupStatusSpec,
} from '../../../src/agent/startup-resources/startup-statuses-resource.ts';
import { Startups } from '../../../src/agent/startup-resources/startups-resource.ts';
import { newResource } from '../../../src/state/resource.ts';
import { type AgentProcess, startAgentProcess } from '../../harness/agent-process.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { testAgent } from '../../harness/test-agent.ts';
import { until } from '../../harness/until.ts';

type Spec = Parameters<typeof Startups.make>[0]['spec'];

/** What of a spec is changed here: all of it is too deep for drafts. */
interface Changed {
  args: { name: string; args: string[] };
  after: string[];
}

function runs(script: string, more: Partial<Spec> = {}): Spec {
  return { name: 'core.system', args: { name: 'sh', args: ['-c', script] }, running_delay: 0.05, ...more };
}

async function statusOf(agent: Agent, id: string): Promise<StartupStatusSpec | undefined> {
  const found = await agent.state.find(StartupStatuses.pointer(id));
  return found?.spec as StartupStatusSpec | undefined;
}

async function untilIt(agent: Agent, id: string, wanted: Partial<StartupStatusSpec>): Promise<StartupStatusSpec> {
  return await until(`${id} is ${JSON.stringify(wanted)}`, async () => {
    const status = await statusOf(agent, id);
    expect(status).toMatchObject(wanted);
    return status;
  });
}

test('a resource is started, changed and stopped as it says, and let go when its job has ended', async () => {
  await using directory = tempDir();
  await using stage = await testAgent();
  const { agent } = stage;
  const told = directory.at('told');
  const service = (id: string): string =>
    `trap 'echo ${id}-ends >> ${told}; exit 0' TERM; echo ${id} >> ${told}; while :; do sleep 0.02; done`;
  await agent.state.create(Startups.make({ id: 'web', spec: runs(service('web'), { after: ['db'] }) }));
  await untilIt(agent, 'web', { state: 'invalid', error: expect.stringContaining('"db"') as string });
  const db = await agent.state.create(Startups.make({ id: 'db', spec: runs(service('db')) }));
  const { pid } = await untilIt(agent, 'web', { state: 'running', from: 'resource', phase: 'running', job: 'web' });
  expect(await agent.jobs.get('web')).toMatchObject({ pid, tags: ['startup'] });
  await agent.state.updateWithConflicts<Changed>(Startups.pointer('web'), (draft) => {
    draft.spec.args = { name: 'sh', args: ['-c', service('other')] };
  });
  await until('it runs anew', async () => (await readFile(told, 'utf8')).includes('other'));
  await untilIt(agent, 'web', { state: 'running' });
  await expect(agent.state.destroy(Startups.pointer('db'))).rejects.toMatchObject({ code: 'pending-finalizers' });
  await agent.state.teardownAndDestroy(Startups.pointer('db'));
  expect((await readFile(told, 'utf8')).trim().split('\n')).toEqual([
    'db',
    'web',
    'web-ends',
    'other',
    'other-ends',
    'db-ends',
  ]);
  expect(await agent.jobs.get('db')).toMatchObject({ state: 'settled' });
  await until('its status is gone', async () => (await statusOf(agent, 'db')) === undefined);
  await untilIt(agent, 'web', { state: 'invalid', phase: 'running' });
  const again = await agent.state.create(Startups.make({ id: 'db', spec: runs(service('db')) }));
  expect(again.metadata.uid).not.toBe(db.metadata.uid);
  await untilIt(agent, 'web', { state: 'running' });
});

test('what can not be used is told in its status, and what was right before stays', async () => {
  await using stage = await testAgent();
  const { agent } = stage;
  const { namespace, type } = Startups;
  await agent.state.create(newResource({ namespace, type, id: 'bad', spec: { name: 'core.system', afetr: [] } }));
  await agent.state.create(newResource({ namespace, type, id: 'boot', spec: runs('true') }));
  await agent.state.create(Startups.make({ id: 'one', spec: runs('sleep 60') }));
  await agent.state.create(Startups.make({ id: 'two', spec: runs('sleep 60', { after: ['one'] }) }));
  await untilIt(agent, 'bad', { state: 'invalid', error: expect.stringContaining('did you mean "after"?') as string });
  await untilIt(agent, 'boot', { state: 'invalid', error: expect.stringContaining('a meaning of its own') as string });
  const { pid } = await untilIt(agent, 'two', { state: 'running' });
  await agent.state.updateWithConflicts<Changed>(Startups.pointer('one'), (draft) => {
    draft.spec.after = ['two'];
  });
  const circle = await untilIt(agent, 'one', { error: expect.stringContaining('after itself') as string });
  expect(circle).toMatchObject({ state: 'running', phase: 'running' });
  expect(await statusOf(agent, 'two')).toMatchObject({ state: 'running', pid });
  await agent.state.updateWithConflicts<Changed>(Startups.pointer('one'), (draft) => {
    draft.spec.after = [];
  });
  await until('it is well', async () => (await statusOf(agent, 'one'))?.error === undefined);
  expect((await statusOf(agent, 'one'))?.pid).toBe(circle.pid);
  for (const id of ['bad', 'boot']) await agent.state.teardownAndDestroy(Startups.pointer(id));
});

test('a job that a caller ended is not started again because another resource came, and one that recurs goes on', async () => {
  await using stage = await testAgent();
  const { agent } = stage;
  await agent.state.create(Startups.make({ id: 'killed', spec: runs('sleep 60') }));
  await untilIt(agent, 'killed', { state: 'running' });
  await agent.jobs.kill('killed');
  await untilIt(agent, 'killed', { state: 'stopped' });
  await agent.state.create(Startups.make({ id: 'often', spec: runs('true', { recurring_period: 0.05 }) }));
  await until('it has run', async () => ((await statusOf(agent, 'often'))?.runs ?? 0) > 2);
  expect(await statusOf(agent, 'killed')).toMatchObject({ state: 'stopped' });
  await agent.state.teardownAndDestroy(Startups.pointer('often'));
  expect(await agent.jobs.get('often')).toMatchObject({ state: 'settled' });
});

interface Told {
  readonly entries: readonly { readonly id: string; readonly state: string; readonly from: string; source: string }[];
  readonly problems: readonly { readonly message: string }[];
}

async function entriesOf(agent: AgentProcess): Promise<Record<string, string>> {
  const { entries } = (await agent.call('startup.list')) as Told;
  return Object.fromEntries(entries.map(({ id, from, state }) => [id, `${from} ${state}`]));
}

test('resources outlive a killed agent, whose follower takes their jobs over; what stands in a file, too, is not used', async () => {
  await using directory = tempDir();
  const told = directory.at('told');
  const config = directory.at('corex.toml');
  const inFile = (id: string): string =>
    `[startup.${id}]\nname = "core.system"\nargs = { name = "sleep", args = ["60"] }\nrunning_delay = 0.05\n`;
  const start = async (): Promise<AgentProcess> => {
    await rm(path.join(directory.at('data'), 'endpoints'), { force: true });
    return startAgentProcess(directory.at('data'), ['--config', config]);
  };
  await writeFile(config, inFile('both'));
  const first = await start();
  const create = (agent: AgentProcess, id: string, spec: Spec): Promise<unknown> =>
    agent.call('state.create', { resource: { metadata: { type: 'startups', id }, spec } });
  const error = async (agent: AgentProcess, id: string): Promise<string | undefined> => {
    const status = (await agent.call('state.get', { type: StartupStatuses.type, id })) as { spec: StartupStatusSpec };
    return status.spec.error;
  };
  await expect(create(first, 'x', { name: 'core.system', cron: 'no' })).rejects.toThrow('cron');
  await create(first, 'kept', runs(`echo kept >> ${told}; exec sleep 60`));
  await create(first, 'later', runs(`echo later >> ${told}; exec sleep 60`, { after: ['kept'] }));
  await create(first, 'both', runs('true'));
  await until('both run', async () => {
    expect(await entriesOf(first)).toEqual({
      both: 'file running',
      kept: 'resource running',
      later: 'resource running',
    });
    return true;
  });
  await until('it is told', async () => (await error(first, 'both'))?.includes(`stands in "${config}"`));
  const before = await first.job('kept');
  await first.kill('SIGKILL');
  await using second = await start();
  await until('all is taken over', async () => (await entriesOf(second))['later'] === 'resource running');
  expect(await second.job('kept')).toMatchObject({ pid: before.pid, runs: 1 });
  expect(await readFile(told, 'utf8')).toBe('kept\nlater\n');
  expect((await second.job('both')).tags).toEqual(['startup']);
  // What a file takes from a resource it gives back.
  await appendFile(config, inFile('later'));
  await second.call('startup.reload');
  await until('the file has it', async () => (await entriesOf(second))['later'] === 'file running');
  await until('that is told', async () => (await error(second, 'later'))?.includes('is not used'));
  await writeFile(config, inFile('both'));
  await second.call('startup.reload');
  await until('the resource has it', async () => (await entriesOf(second))['later'] === 'resource running');
  expect(await readFile(told, 'utf8')).toBe('kept\nlater\nlater\n');
  await second.call('state.teardown', { type: 'startups', id: 'both' });
  await until('it is gone', () =>
    second.call('state.get', { type: 'startups', id: 'both' }).then(
      () => false,
      (error: unknown) => String(error).includes('there is none'),
    ),
  );
  expect((await entriesOf(second))['both']).toBe('file running');
  await second.call('core.stop', { drain: true });
}, 30_000);

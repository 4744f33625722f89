import { expect, test } from 'vitest';
import type { StartupAccess, StartupStatus } from '../../src/engine/startup-access.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { fakeServices } from '../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

const status: StartupStatus = {
  id: 'web',
  state: 'running',
  after: ['boot'],
  stage: 'boot',
  command: 'sleep 1',
  since: 1,
  source: 'corex.toml',
  from: 'file',
};

function servicesWith(startup: Partial<StartupAccess>) {
  const services = fakeServices();
  Object.assign(services.agent, { startup });
  return services;
}

test('startup.list shows what the startup says', async () => {
  const report = { milestones: [{ name: 'init', reached: 1 }], entries: [status], problems: [] };
  expect(await callBuiltin('startup.list', undefined, servicesWith({ list: () => report }))).toEqual(report);
});

test.each(['start', 'stop', 'restart'] as const)(
  'startup.%s names one entry and answers how it stands',
  async (verb) => {
    const asked: string[] = [];
    const act = async (id: string): Promise<StartupStatus> => {
      asked.push(id);
      return status;
    };
    const services = servicesWith({ [verb]: act });
    expect(await callBuiltin(`startup.${verb}`, { id: 'web' }, services)).toEqual(status);
    expect(asked).toEqual(['web']);
    expect(await failBuiltin(`startup.${verb}`, {}, services)).toMatchObject({ code: 'bad-arguments' });
    expect(await failBuiltin(`startup.${verb}`, { id: 'two words' }, services)).toMatchObject({
      code: 'bad-arguments',
    });
  },
);

test('startup.reload answers what changed, or why nothing did', async () => {
  const changes = { added: ['a'], removed: [], changed: [], revived: [], unchanged: 2 };
  expect(await callBuiltin('startup.reload', undefined, servicesWith({ reload: async () => changes }))).toEqual(
    changes,
  );
  const refuse = async (): Promise<never> => {
    throw new AgentError('bad-arguments', 'Cannot use the configuration: why');
  };
  expect(await failBuiltin('startup.reload', undefined, servicesWith({ reload: refuse }))).toMatchObject({
    code: 'bad-arguments',
    number: 400,
  });
});

test.each(['list', 'start', 'stop', 'restart', 'reload'])(
  'startup.%s is refused where nothing is started',
  async (verb) => {
    const args = verb === 'list' || verb === 'reload' ? undefined : { id: 'web' };
    expect(await failBuiltin(`startup.${verb}`, args, fakeServices())).toMatchObject({ code: 'not-able', number: 412 });
  },
);

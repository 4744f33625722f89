import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';

test('the APIs say in their commands what they were asked', async () => {
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      session.answer(frame, frame.command);
      return true;
    },
  });
  await using client = await connect(agent.url);
  const { jobs, queues } = client;
  const { agent: about } = client;
  const asked = [
    jobs.list({ tags: ['a'] }),
    jobs.get('a'),
    jobs.history({ limit: 3, since: 1500, until: 2000 }),
    jobs.stats('a'),
    jobs.cancel('a'),
    jobs.unschedule('a'),
    jobs.setPriority('a', 5),
    jobs.killAll({ queue: 'disk' }),
    queues.list(),
    queues.set('disk', { width: 2, limit: null }),
    queues.pause('disk'),
    queues.resume('disk'),
    about.version(),
    about.state(),
    about.stop({ drain: true }),
    about.commands(),
  ];
  const answers: unknown[] = await Promise.all(asked);
  expect(agent.commands.map((frame) => [frame.command, frame['arguments']])).toEqual([
    ['job.list', { tags: ['a'] }],
    ['job.get', { id: 'a' }],
    ['job.history', { limit: 3, since: 1.5, until: 2 }],
    ['job.stats', { id: 'a' }],
    ['job.cancel', { id: 'a' }],
    ['job.unschedule', { id: 'a' }],
    ['job.priority', { id: 'a', priority: 5 }],
    ['job.killall', { queue: 'disk' }],
    ['queue.list', undefined],
    ['queue.set', { name: 'disk', width: 2, limit: null }],
    ['queue.pause', { name: 'disk' }],
    ['queue.resume', { name: 'disk' }],
    ['core.version', undefined],
    ['core.state', undefined],
    ['core.stop', { drain: true }],
    ['command.list', undefined],
  ]);
  expect(answers).toEqual(
    agent.commands.map(({ command }) => (/cancel|unschedule|priority/.test(command) ? undefined : command)),
  );
});

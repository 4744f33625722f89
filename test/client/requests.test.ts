import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { Requests } from '../../src/client/requests.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';

test('Requests sends no more at once than the agent allows, and all in the end, in order', async () => {
  let unanswered = 0;
  let most = 0;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      unanswered += 1;
      most = Math.max(most, unanswered);
      setImmediate(() => {
        unanswered -= 1;
        session.answer(frame, frame['arguments']);
      });
      return true;
    },
  });
  await using client = await connect(agent.url);
  const answers = await Promise.all(Array.from({ length: 5000 }, (_, at) => client.call('fake.echo', at)));
  expect(answers).toEqual(Array.from({ length: 5000 }, (_, at) => at));
  expect(agent.commands.map((frame) => frame['arguments'])).toEqual(answers);
  expect(most).toBeLessThanOrEqual(1024);
});

test('Requests refuses a command that is larger than a frame may be, and lives on', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  await expect(client.call('core.ping', 'x'.repeat(1 << 20))).rejects.toMatchObject({
    code: 'bad-command',
    message: expect.stringContaining('1048576'),
  });
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  await expect(client.run({ command: 'fake.job', arguments: circle }).accepted).rejects.toThrow(TypeError);
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test.each([
  ['a key that is not allowed', JSON.parse('{"__proto__":1}') as object, 'the key "__proto__" is not allowed'],
  ['too deep nesting', JSON.parse('['.repeat(64) + ']'.repeat(64)) as object, 'nested deeper than 64'],
])('Requests refuses a command with %s, which would never be answered', async (_what, args, why) => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  await expect(client.call('core.ping', args)).rejects.toMatchObject({
    code: 'bad-command',
    message: expect.stringContaining(why),
  });
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test('Requests rejects with the error of a frame the agent could not read', async () => {
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      session.send({ type: 'error', code: 'bad-frame', message: 'Cannot read it', ref: frame.ref });
      return true;
    },
  });
  await using client = await connect(agent.url);
  await expect(client.call('core.ping')).rejects.toMatchObject({ code: 'bad-frame', message: 'Cannot read it' });
});

test('Requests gives up with the reason of a signal, and still counts the answer', async () => {
  const sent: string[] = [];
  const requests = new Requests((text) => sent.push(text));
  const limits = { frame: 1000, unanswered: 65, stdin_credit: 1 };
  requests.onUp({ type: 'hello', protocol: 1, version: '', agent: '', heartbeat_ms: 0, limits });
  const abort = new AbortController();
  const first = requests.request({ command: 'a' }, { resend: 'always', signal: abort.signal });
  const second = requests.request({ command: 'b' }, { resend: 'always' });
  abort.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  expect(sent).toEqual(['{"command":"a","ref":1}']);
  requests.onFrame({ type: 'accepted', id: 'a', attached: false, ref: 1 });
  expect(sent).toEqual(['{"command":"a","ref":1}', '{"command":"b","ref":2}']);
  requests.onClosed(Object.assign(new Error('over'), { code: 'disconnected' }) as never);
  await expect(second).rejects.toThrow('over');
});

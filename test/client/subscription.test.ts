import { expect, test } from 'vitest';
import { Subscription, type SubscriptionSpec } from '../../src/client/subscription.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start(spec: Partial<SubscriptionSpec> = {}) {
  const requests: object[] = [];
  const left: number[] = [];
  let lastHandle = 0;
  let isRemoved = false;
  const port = {
    subscribe: async (request: object) => {
      requests.push(request);
      lastHandle += 1;
      return { handle: lastHandle, position: 100 };
    },
    unsubscribe: async (handle: number) => void left.push(handle),
    remove: () => void (isRemoved = true),
    later: (_ms: number, run: () => void) => {
      const timer = setImmediate(run);
      return { [Symbol.dispose]: () => clearImmediate(timer) };
    },
    onTrouble: () => undefined,
  };
  const subscription = new Subscription({ id: 'a', as: 'messages', ...spec }, port);
  const say = (...seqs: number[]): void => {
    const messages = seqs.map((seq) => ({ seq, level: 1, text: 'x'.repeat(300), epoch: 1 }));
    subscription.onFrame({ type: 'messages', id: 'a', run: 1, handle: subscription.handle, messages });
  };
  return { subscription, requests, left, say, port, isRemoved: () => isRemoved };
}

test('Subscription reads on from its position after a lost connection', async () => {
  const { subscription, requests, say } = start({ from: 'now', tail: 5, levels: [1] });
  subscription.onUp();
  await turn();
  say(150, 160);
  subscription.onDown();
  subscription.onUp();
  subscription.onDown();
  subscription.onUp();
  await turn();
  expect(requests).toEqual([
    { id: 'a', as: 'messages', from: 'now', tail: 5, levels: [1] },
    { id: 'a', as: 'messages', from: 161, levels: [1] },
    { id: 'a', as: 'messages', from: 161, levels: [1] },
  ]);
});

test('Subscription that wants what comes from now on resumes where it began', async () => {
  const { subscription, requests } = start({ from: 'now' });
  subscription.onUp();
  await turn();
  subscription.onDown();
  subscription.onUp();
  expect(requests[1]).toEqual({ id: 'a', as: 'messages', from: 100 });
});

test('Subscription pauses when its buffer is full and goes on when it is drained', async () => {
  const { subscription, requests, left, say } = start({ bufferBytes: 2000 });
  subscription.onUp();
  await turn();
  say(101, 102, 103, 104);
  await turn();
  expect([requests.length, left]).toEqual([1, [1]]);
  for (let taken = 0; taken < 3; taken += 1) await subscription.take();
  expect(requests.length).toBe(1);
  await subscription.take();
  await turn();
  expect(requests[1]).toMatchObject({ from: 105 });
  say(105);
  subscription.onEnd();
  expect(await subscription.take()).toMatchObject({ value: { seq: 105 } });
  expect(await subscription.take()).toEqual({ value: undefined, done: true });
});

test('Subscription that is closed while it asks leaves as soon as it knows its handle', async () => {
  const { subscription, left, isRemoved } = start();
  subscription.onUp();
  subscription.close();
  expect(isRemoved()).toBe(true);
  await turn();
  expect(left).toEqual([1]);
  expect(await subscription.take()).toEqual({ value: undefined, done: true });
});

test('Subscription that is refused fails, one whose answer was lost does not', async () => {
  const { subscription, port } = start();
  port.subscribe = () => Promise.reject(new AgentError('unknown-job', 'No such job'));
  subscription.onUp();
  await expect(subscription.take()).rejects.toMatchObject({ code: 'unknown-job' });

  const lost = start();
  lost.port.subscribe = () => Promise.reject(new AgentError('disconnected', 'Lost'));
  lost.subscription.onUp();
  lost.subscription.onDown();
  await turn();
  expect(lost.subscription.isOver).toBe(false);
});

test('Subscription that is refused for want of room asks again', async () => {
  const { subscription, port, requests } = start();
  const { subscribe } = port;
  port.subscribe = () => Promise.reject(new AgentError('too-many', 'Too many subscriptions'));
  subscription.onUp();
  await turn();
  port.subscribe = subscribe;
  await turn();
  await turn();
  expect(requests).toHaveLength(1);
  subscription.onEnd();
  expect(await subscription.take()).toEqual({ value: undefined, done: true });
});

import { expect, onTestFinished, test, vi } from 'vitest';

import { AgentProcess } from '../../../src/host/keeper/agent-process.ts';
import type { LibcSpawn } from '../../../src/host/keeper/libc.ts';
import type { Exit } from '../../../src/protocol/run.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** An agent whose processes are none: their ends are told by the test. */
function scene(answers: (number | string)[] = []) {
  const clock = new FakeClock();
  const watched = new Map<number, (exit: Exit) => void>();
  const spawned: LibcSpawn[] = [];
  const said: string[] = [];
  const hopeless: number[] = [];
  const signals: [number, string | number | undefined][] = [];
  const spy = vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    signals.push([pid, signal]);
    return true;
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  const agent = new AgentProcess({
    command: ['/bin/agent', 'start'],
    environment: { A: 'x', NONE: undefined },
    cwd: '/here',
    clock,
    table: {
      expect: () => ({ [Symbol.dispose]: () => undefined }),
      watch: (pid, _kind, onExit) => void watched.set(pid, onExit),
      collect: () => undefined,
    },
    spawn: (what) => Promise.resolve(answers.shift() ?? 100 + spawned.push(what)),
  });
  const listener = {
    say: (line: string) => void said.push(line),
    onHopeless: (code: number) => void hopeless.push(code),
  };
  const end = (exit: Exit): void => watched.get(agent.pid ?? 0)?.(exit);
  return { agent, clock, listener, said, hopeless, signals, spawned, end };
}

/** Promises of the process under test have been gone through. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('starts an agent with its command, its environment and the standard output of this process', async () => {
  const { agent, listener, spawned } = scene();
  agent.start(listener);
  await settled();
  expect(agent.pid).toBe(101);
  expect(spawned).toEqual([
    {
      program: '/bin/agent',
      argv: ['/bin/agent', 'start'],
      environment: ['A=x'],
      cwd: '/here',
      files: ['/dev/null', 1, 2],
    },
  ]);
});

test('starts another one later each time, and soon again after one that lived a minute', async () => {
  const { agent, clock, listener, said, spawned, end } = scene();
  agent.start(listener);
  await settled();
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    const before = spawned.length;
    end({ signal: 'SIGKILL' });
    expect(said.at(-1)).toBe(
      `The agent (pid ${100 + before}) was ended by SIGKILL; another is started in ${seconds} s`,
    );
    await clock.advance(seconds * 1000 - 1);
    await settled();
    expect(spawned).toHaveLength(before);
    await clock.advance(1);
    await settled();
    expect(spawned).toHaveLength(before + 1);
  }
  await clock.advance(60_000);
  end({ code: 0 });
  expect(said.at(-1)).toMatch(/ended with code 0; another is started in 1 s$/);
});

test('tries again when it can not be started', async () => {
  const { agent, clock, listener, said } = scene(['EAGAIN']);
  agent.start(listener);
  await settled();
  expect(said).toEqual(['The agent can not be started: EAGAIN; another is started in 1 s']);
  await clock.advance(1000);
  await settled();
  expect(agent.pid).toBe(101);
});

test('gives up when the first one can not use its configuration, and not when a later one can not', async () => {
  const first = scene();
  first.agent.start(first.listener);
  await settled();
  first.end({ code: 78 });
  expect(first.hopeless).toEqual([78]);
  expect(await first.agent.stop(1000)).toBe(0);

  const later = scene();
  later.agent.start(later.listener);
  await settled();
  later.end({ signal: 'SIGSEGV' });
  await later.clock.advance(1000);
  await settled();
  later.end({ code: 78 });
  expect(later.hopeless).toEqual([]);
  expect(later.said.at(-1)).toMatch(/ended with code 78; another is started in 2 s$/);
});

test('asks it to end, then kills it, and starts no other', async () => {
  const { agent, clock, listener, signals, spawned, end } = scene();
  agent.start(listener);
  await settled();
  const stopped = agent.stop(5000);
  expect(signals).toEqual([[101, 'SIGTERM']]);
  await clock.advance(5000);
  expect(signals.at(-1)).toEqual([101, 'SIGKILL']);
  end({ signal: 'SIGKILL' });
  expect(await stopped).toBe(137);
  await clock.advance(60_000);
  await settled();
  expect(spawned).toHaveLength(1);
  agent.signal('SIGHUP');
  expect(signals).toHaveLength(2);
});

test('ends one that is just being started, and tells how the one that runs ended', async () => {
  const { agent, listener, signals, end } = scene();
  agent.start(listener);
  const stopped = agent.stop(5000);
  await settled();
  expect(signals).toEqual([[101, 'SIGTERM']]);
  end({ code: 3 });
  expect(await stopped).toBe(3);
});

test('has nothing to end while it waits to start another', async () => {
  const { agent, clock, listener, spawned, end } = scene();
  agent.start(listener);
  await settled();
  end({ code: 1 });
  expect(await agent.stop(5000)).toBe(0);
  await clock.advance(60_000);
  await settled();
  expect(spawned).toHaveLength(1);
});

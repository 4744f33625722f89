import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { armFaults, fault, faultNextTurn, takeFaults } from '../../src/base/fault.ts';

const arm = (text: string): void => armFaults({ COREX_FAULT: text });

afterEach(() => {
  armFaults({});
});

describe('fault()', () => {
  test('does nothing where nothing is armed', () => {
    fault('agent.accept');
    arm('agent.other:1:throw');
    fault('agent.accept');
  });

  test('happens when its point is passed for the nth time, and only then', () => {
    arm('agent.accept:2:throw');
    fault('agent.accept');
    expect(() => fault('agent.accept')).toThrow('Fault at agent.accept');
    fault('agent.accept');
  });

  test('goes on after a delay, and to the next fault of the same point', () => {
    arm('agent.accept:1:delay,agent.accept:2:throw');
    fault('agent.accept');
    expect(() => fault('agent.accept')).toThrow('Fault at agent.accept');
  });

  test('kills the process so that nothing of it goes on', () => {
    const file = new URL('../../src/base/fault.ts', import.meta.url).pathname;
    const script = `import { armFaults, fault } from '${file}'; armFaults(process.env); fault('a'); console.log('on')`;
    const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      env: { ...process.env, COREX_FAULT: 'a:1:kill' },
      encoding: 'utf8',
    });
    expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '' });
  });
});

describe('faultNextTurn()', () => {
  test('passes its point in the next turn', async () => {
    arm('agent.accept:1:delay,agent.accept:2:throw');
    faultNextTurn('agent.accept');
    await new Promise(setImmediate);
    expect(() => fault('agent.accept')).toThrow('Fault at agent.accept');
  });
});

describe('armFaults()', () => {
  test('takes the variable out of the environment', () => {
    const environment: Record<string, string | undefined> = { COREX_FAULT: 'a:1:delay', HOME: '/' };
    armFaults(environment);
    expect(environment).toEqual({ HOME: '/' });
  });

  test.each(['a', 'a:0:kill', 'a:1:burn', 'a:1:kill,', 'A:1:kill'])('refuses %j', (text) => {
    expect(() => arm(text)).toThrow('Cannot arm the fault');
  });
});

describe('takeFaults()', () => {
  test('gives the faults of another process once, and keeps the others', () => {
    arm('keeper.spawn.before:3:kill,agent.accept:1:throw,keeper.forget:1:delay');
    expect(takeFaults('keeper.')).toBe('keeper.spawn.before:3:kill,keeper.forget:1:delay');
    expect(takeFaults('keeper.')).toBeUndefined();
    fault('keeper.forget');
    expect(() => fault('agent.accept')).toThrow('Fault at agent.accept');
  });
});

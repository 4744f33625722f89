import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { childrenOf, commandLineOf, descendantsOf, environmentOf, isAlive, openFilesOf } from './processes.ts';
import { until } from './until.ts';

describe('processes', () => {
  test('tell a live child from one that is gone', async () => {
    const child = spawn('sleep', ['97'], { env: { COLOR: 'blue=green' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const pid = child.pid ?? 0;
    await until('the program runs', () => commandLineOf(pid)[0] === 'sleep');
    expect(isAlive(pid)).toBe(true);
    expect(childrenOf(process.pid)).toContain(pid);
    expect(environmentOf(pid)).toEqual({ COLOR: 'blue=green' });
    expect(openFilesOf(pid).get(0)).toBe('/dev/null');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(isAlive(pid)).toBe(false);
    expect(environmentOf(pid)).toEqual({});
    expect(openFilesOf(pid).size).toBe(0);
  });

  test('descendantsOf() finds grandchildren', async () => {
    const child = spawn('sh', ['-c', 'sleep 96; true'], { stdio: 'ignore', detached: true });
    const pid = child.pid ?? 0;
    const [grandchild] = await until('the grandchild runs', () => {
      const found = descendantsOf(pid).filter((one) => commandLineOf(one)[0] === 'sleep');
      return found.length > 0 && found;
    });
    expect(isAlive(grandchild ?? 0)).toBe(true);
    process.kill(-pid, 'SIGKILL');
    await once(child, 'close');
  });
});

// What is asked of the system's programs where there is no /proc. They are on this machine, too, so that the answers can be compared.
import { cpus } from 'node:os';
import { describe, expect, test } from 'vitest';
import {
  completeProcessors,
  readDisks,
  readInterfaces,
  readPorts,
  readSystem,
} from '../../../builtins/info/elsewhere.ts';

describe('completeProcessors()', () => {
  test('tells make and number where nothing is known', async () => {
    const processors = await completeProcessors([]);
    expect(processors).toHaveLength(cpus().length);
    expect(processors[0]).toMatchObject({ cpu: 0, flags: expect.any(Array) });
    expect(typeof processors[0]?.modelName).toBe('string');
  });

  test('changes nothing that is known', async () => {
    const [processor] = await completeProcessors([{ cpu: 3, flags: ['neon'], stepping: 99 }]);
    expect(processor).toMatchObject({ cpu: 3, flags: ['neon'], stepping: 99 });
  });
});

test('readDisks() tells of the root', async () => {
  const root = (await readDisks()).find(({ mountpoint }) => mountpoint === '/');
  expect(root?.use.total).toBeGreaterThan(0);
  expect(root?.use.used).toBeLessThan(root?.use.total ?? 0);
});

test('readInterfaces() tells of the loopback', async () => {
  const loopback = (await readInterfaces()).find(({ name }) => name === 'lo');
  expect(loopback).toMatchObject({ flags: expect.arrayContaining(['loopback']) });
  expect(loopback?.addrs.map(({ addr }) => addr)).toContain('127.0.0.1');
});

test('readSystem() names the system', async () => {
  expect(await readSystem()).toMatchObject({ platform: 'linux', platformVersion: expect.any(String) });
});

test('readPorts() gives numbers', async () => {
  for (const row of await readPorts()) expect(row.port === undefined || Number.isInteger(row.port)).toBe(true);
});

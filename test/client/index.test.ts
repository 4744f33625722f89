import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as door from '../../src/client/index.ts';

test('corex/client loads no package but ws, so that a command line tool starts fast', async () => {
  const script = `
    const { registerHooks } = require('node:module');
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    import('corex/client').then(() => console.log(JSON.stringify(loaded)));`;
  const root = path.join(import.meta.dirname, '../..');
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', 'corex-source', '-e', script], { cwd: root });
  const loaded = JSON.parse(stdout) as string[];
  const packages = loaded.flatMap((url) => /node_modules\/([^/]+)/.exec(url)?.[1] ?? []);
  expect(new Set(packages)).toEqual(new Set(['ws']));
  const rooms = loaded.flatMap((url) => /\/src\/(\w+)\//.exec(url)?.[1] ?? []);
  expect([...new Set(rooms)].toSorted()).toEqual(['base', 'channel', 'client', 'protocol']);
});

test('corex/client shows what it promises', () => {
  expect(Object.keys(door).toSorted()).toEqual([
    'AgentError',
    'DEFAULT_URL',
    'JobFailedError',
    'batchSummary',
    'connect',
    'defaultDataDir',
    'findLocalAgent',
    'isAgentError',
    'isJobFailedError',
  ]);
});

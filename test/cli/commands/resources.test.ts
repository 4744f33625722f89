import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';

const KIND = ['-n', 'config', 'Disks.example.corex'];

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

async function corex(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, stdout, stderr } = await agent.run(args);
  return { code, out: stdout.toString(), err: stderr };
}

function disk(id: string, size: number, more = ''): string {
  return `metadata: {type: Disks.example.corex, namespace: config, id: ${id}${more}}\nspec: {size: ${size}}\n`;
}

/** A command that goes on, and what it wrote so far. */
function follow(...args: string[]): { child: ChildProcess; text: () => string } {
  const child = agent.start(args);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text };
}

test('api-resources and get show what there is', async () => {
  const { types } = (await agent.json(['api-resources'])) as { types: { type: string; schema: object }[] };
  expect(types.map(({ type }) => type)).toContain('Namespaces.meta.cosi.dev');
  expect((await corex('api-resources')).out).toMatch(
    /^NAME +SHORT +NAMESPACE +WRITE +TYPE\nnamespaces +namespace,ns +meta/,
  );
  expect((await corex('get', 'NS')).out).toMatch(/^ID +VERSION +DESCRIPTION +AGE\nconfig +1 +What/);
  expect(await agent.json(['get', 'ns', 'meta'])).toMatchObject({ metadata: { id: 'meta', owner: 'meta' } });
  expect(await corex('get', 'namespcaes')).toMatchObject({
    code: 1,
    err: expect.stringContaining('did you mean "namespaces"'),
  });
  expect(await corex('get', 'ns', 'nobody')).toMatchObject({ code: 1, err: expect.stringContaining('there is none') });
});

test('apply, get, watch and delete carry resources from file to end', async () => {
  const [file, held] = [agent.directory.at('disks.yaml'), agent.directory.at('held.yaml')];
  await writeFile(file, `${disk('sda', 1, ', labels: {bus: nvme}')}---\n${disk('sdb', 2)}`);
  expect((await corex('apply', '-f', file)).out).toBe(
    'Disks.example.corex/sda created\nDisks.example.corex/sdb created\n',
  );
  const table = follow('get', '--watch', ...KIND);
  const lines = follow('watch', '-o', 'json', ...KIND, 'sda');
  await until('both began', () => table.text().includes('sdb') && lines.text().includes('created'));

  await writeFile(held, `${disk('sda', 3, ', finalizers: [mounter]')}---\n${disk('sdb', 2)}`);
  expect(await agent.json(['apply', '-f', held])).toMatchObject({
    results: [
      { id: 'sda', action: 'configured' },
      { id: 'sdb', action: 'unchanged' },
    ],
  });
  const yaml = (await corex('get', ...KIND, '-o', 'yaml')).out;
  expect((await agent.run(['apply', '-f', '-'], { input: yaml })).stdout.toString()).toMatch(
    /sda unchanged\n.*sdb unchanged\n$/,
  );
  expect((await corex('get', ...KIND, '-l', 'bus=nvme', '-o', 'wide')).out).toMatch(
    /sda +2 +\{"size":3\} .*bus=nvme +mounter\n$/,
  );

  const deleted = await corex('delete', ...KIND, 'sda', 'sdb', 'sdc');
  expect([deleted.code, deleted.out]).toEqual([
    1,
    'Disks.example.corex/sda tearing-down, waits for mounter\nDisks.example.corex/sdb destroyed\n',
  ]);
  expect(deleted.err).toContain('Cannot get Disks.example.corex(config/sdc): there is none');
  expect(await corex('delete', '--timeout', '100ms', ...KIND, 'sda')).toMatchObject({ code: 124 });
  const waiting = agent.run(['delete', '--wait', '-f', file]);
  const free = { metadata: { type: KIND[2], namespace: 'config', id: 'sda', finalizers: [] } };
  await corex('call', 'state.update', JSON.stringify({ resource: free, expected_phase: 'any' }));
  expect((await waiting).stdout.toString()).toContain('Disks.example.corex/sda destroyed');

  await until('both saw the end', () => [table, lines].every(({ text }) => text().includes('destroyed')));
  expect(table.text()).toMatch(/^EVENT +ID +VERSION +PHASE +SPEC +AGE\ncreated +sda +1 +running/);
  const events = lines
    .text()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events.slice(0, 2)).toEqual(['created', 'updated']);
  for (const { child } of [table, lines]) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

test('what is refused is told, and the rest is done', async () => {
  const file = agent.directory.at('mixed.yaml');
  await writeFile(file, `metadata: {type: ns, id: mine}\nspec: {description: x}\n---\n${disk('good', 1)}`);
  const applied = await corex('apply', '-f', file);
  expect([applied.code, applied.out]).toEqual([1, 'Disks.example.corex/good created\n']);
  expect(applied.err).toContain('namespace/mine: Cannot create');
  expect(applied.err).toContain('only the agent writes');
});

test.each([
  [['get'], 'something is missing'],
  [['get', 'ns', '-l', 'a,,'], 'a term is empty'],
  [['get', 'ns', 'config', '-l', 'a'], 'they choose among all'],
  [['get', 'ns', 'a', 'b', '--watch'], 'Cannot watch several ids'],
  [['watch', 'ns', '--contents', '--tail', '1'], 'each says where to begin'],
  [['watch', 'ns', 'config', '--contents'], 'they are for all of a type'],
  [['apply'], '-f says which file'],
  [['delete'], 'a type and ids, or -f, say what'],
  [['delete', 'ns'], 'ids are missing'],
  [['delete', 'ns', 'a', '-f', 'x'], 'a file at once'],
])('corex %j is no good command line', async (args, message) => {
  expect(await corex(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});

import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseCommand } from '../../src/protocol/command.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import { accept, eventsOf, follow, testAgent } from '../harness/test-agent.ts';

const root = path.join(import.meta.dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** The content of the fenced blocks of a language, in order. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, content = '']) => content);
}

test.each(['README.md', 'docs/state.md', 'docs/controllers.md'])(
  'the program in %s is the example that is run',
  (document) => {
    const text = readFileSync(path.join(root, document), 'utf8');
    const [, file = '', content = ''] = /<!-- example: (\S+) -->\n+```ts\n(.*?)^```$/ms.exec(text) ?? [];
    expect(content).toBe(readFileSync(path.join(root, file), 'utf8'));
  },
);

test('every npm command the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named).toContain('demo');
  for (const name of named) expect(scripts).toHaveProperty([name]);
});

test('the command the README sends by hand works, and its frames come as it shows', async () => {
  const [command = ''] = blocks(readme, 'json');
  const wire = JSON.parse(command) as WireCommand;
  expect(parseCommand(wire)).toMatchObject({ name: 'core.system', id: 'greet', stream: true });
  await using running = await testAgent();
  const id = await accept(running.agent, wire);
  const items = await follow(running.agent, id);
  expect(eventsOf(items).map(({ event }) => event)).toEqual(['started', 'exited']);
  expect(items.find((item) => item.type === 'messages')).toMatchObject({
    run: 1,
    messages: [{ seq: 5, level: 1, text: 'hello' }],
  });
  expect(await running.agent.jobs.result(id)).toMatchObject({
    state: 'SUCCESS',
    code: 0,
    reason: 'exited',
    exit: { code: 0 },
    streams: ['hello\n', ''],
  });
});

test('every link in the documents leads to a file', async () => {
  const documents = (await readdir(root, { recursive: true })).filter(
    (name) => /^(docs\/.*|[A-Z]+|\w+\/README)\.md$/.test(name) && !name.startsWith('node_modules'),
  );
  expect(documents.length).toBeGreaterThan(20);
  const broken: string[] = [];
  for (const document of documents) {
    const text = readFileSync(path.join(root, document), 'utf8').replaceAll(/^```.*?^```$/gms, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(path.join(root, path.dirname(document), target))) broken.push(`${document} → ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

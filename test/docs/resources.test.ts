import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { applyManifest } from '../../src/cli/resources/apply-manifest.ts';
import { parseManifests } from '../../src/cli/resources/read-manifests.ts';
import { connect, findLocalAgent } from '../../src/client/index.ts';
import { testAgent } from '../harness/test-agent.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/resources.md'), 'utf8');

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1] ?? '';
}

test('the file and the commands that docs/resources.md shows work', async () => {
  await using started = await testAgent();
  const token = (await findLocalAgent({ dataDir: started.dataDir }))?.token ?? '';
  const url = started.agent.endpoints.find((endpoint) => endpoint.startsWith('ws:')) ?? '';
  await using client = await connect(url, { token });
  for (const line of block('json').trim().split('\n')) {
    const { command, arguments: args } = JSON.parse(line) as { command: string; arguments: object };
    expect(await client.call(command, args)).toBeTypeOf('object');
  }
  const manifests = await parseManifests(block('yaml'), 'the page');
  const applied = [];
  for (const { resource } of manifests) applied.push(await applyManifest(client.resources, resource));
  expect(applied).toEqual(['configured', 'created']);
});

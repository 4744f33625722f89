import { describe, expect, test } from 'vitest';
import { parseManifests, readManifests } from '../../../src/cli/resources/read-manifests.ts';
import { fakeCli } from '../fake-cli.ts';

describe('parseManifests()', () => {
  test('reads documents of YAML or JSON; what the state keeps by itself is read over', async () => {
    const text = `
metadata: {type: disks, id: sda, version: 7, owner: x, phase: running, created: 1, updated: 2, uid: u, labels: {a: b}}
spec: {gigabytes: 5, key: {$bytes: AAE=}}
---
---
{"metadata": {"type": "disks", "id": "sdb", "namespace": "n"}}
`;
    expect(await parseManifests(text, 'it')).toEqual([
      {
        place: 'it, document 1',
        resource: {
          metadata: { type: 'disks', id: 'sda', labels: { a: 'b' } },
          spec: { gigabytes: 5, key: new Uint8Array([0, 1]) },
        },
      },
      { place: 'it, document 3', resource: { metadata: { type: 'disks', id: 'sdb', namespace: 'n' } } },
    ]);
  });

  test.each([
    ['a: [', 'Flow sequence'],
    ['a: 1\na: 2', 'unique'],
    ['[]', 'an object of "metadata" and "spec" is wanted'],
    ['metdata: {}', 'did you mean "metadata"?'],
    ['spec: 1', '"metadata" with "type" and "id" is wanted'],
    ['metadata: {id: x}', '"metadata.type" must be a text: it is missing'],
    ['metadata: {type: a, id: 5}', '5 is no text; put it in quotes'],
    ['metadata: {type: a, id: x, lables: {}}', 'did you mean "metadata.labels"?'],
    ['metadata: {type: a, id: x}\nspec: &s [*s]', 'circular'],
    ['metadata: {type: a, id: x}\nspec: {$bytes: "?"}', 'no base64'],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]`,
      'alias',
    ],
  ])('refuses %j', async (text, message) => {
    await expect(parseManifests(text, 'it')).rejects.toThrow('Cannot read resources in it');
    await expect(parseManifests(text, 'it')).rejects.toThrow(message);
  });
});

test('readManifests() says of a file that is not there or empty', async () => {
  await expect(readManifests(['/nowhere/x'], fakeCli())).rejects.toThrow('Cannot read resources: ENOENT');
  await expect(readManifests(['-'], fakeCli())).rejects.toThrow(
    'Cannot read resources in standard input: there are none',
  );
});

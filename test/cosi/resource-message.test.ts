import { expect, test } from 'vitest';

import { ProtobufReader } from '../../src/cosi/protobuf-reader.ts';
import { readResource, resourceMessage, storedMessage } from '../../src/cosi/resource-message.ts';
import { changed } from '../../src/state/draft.ts';
import { newResource } from '../../src/state/resource.ts';

const bare = newResource({ namespace: 'n', type: 't', id: 'one', spec: { at: 1 } });

function read(bytes: Uint8Array) {
  return readResource(new ProtobufReader(bytes, 'test'));
}

test('a resource is read as it was written, frozen, with keys of any name', () => {
  const texts = JSON.parse('{"__proto__":"a","constructor":"b","":"c"}') as Record<string, string>;
  const full = newResource({
    ...bare.metadata,
    spec: ['a'],
    labels: texts,
    annotations: texts,
    finalizers: ['x', 'y'],
  });
  for (const resource of [bare, full]) {
    const found = read(resourceMessage(resource, 'json'));
    expect(found).toEqual(resource);
    expect(Object.keys(found.metadata.labels)).toEqual(Object.keys(resource.metadata.labels));
    for (const part of [found, ...Object.values(found.metadata), found.spec]) expect(Object.isFrozen(part)).toBe(true);
  }
});

test('what was just written is not written anew, unless it is another resource or another form', () => {
  const next = changed<{ at: number }>(bare, (draft) => {
    draft.spec.at = 2;
  });
  const bytes = storedMessage(bare, 'json');
  expect(storedMessage(bare, 'json')).toBe(bytes);
  expect(read(storedMessage(next, 'json')).spec).toEqual({ at: 2 });
  expect(storedMessage(bare, 'json')).toBe(bytes);
  expect(storedMessage(bare, () => 'at: 1').toString()).toContain('at: 1');
});

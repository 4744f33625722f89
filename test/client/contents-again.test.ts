import { expect, test } from 'vitest';
import { ContentsAgain } from '../../src/client/contents-again.ts';
import type { ResourceHappening, ResourceValue } from '../../src/client/resource-value.ts';

function created(id: string, version: number, uid = `${id}-1`): ResourceHappening {
  const metadata = { namespace: 'n', type: 't', id, version, uid, owner: '', phase: 'running' as const };
  const rest = { created: 0, updated: 0, labels: {}, annotations: {}, finalizers: [] };
  const resource: ResourceValue = { metadata: { ...metadata, ...rest }, spec: {} };
  return { type: 'created', resource };
}

function said(event: ResourceHappening): string {
  return 'resource' in event && event.resource !== undefined
    ? `${event.type} ${event.resource.metadata.id}@${String(event.resource.metadata.version)}`
    : event.type;
}

const end: ResourceHappening = { type: 'bootstrapped', bookmark: 'x' };

test('contents that are told once are told as they are', () => {
  const contents = new ContentsAgain();
  expect([created('a', 1), created('b', 1), end].flatMap((event) => contents.take(event)).map(said)).toEqual([
    'created a@1',
    'created b@1',
    'bootstrapped',
  ]);
});

test('of contents that are told again only what is other is told', () => {
  const contents = new ContentsAgain();
  for (const id of ['a', 'b', 'c', 'd']) contents.take(created(id, 1));
  contents.restart();
  const again = [created('a', 1), created('b', 2), created('d', 1, 'd-2'), created('e', 1), end];
  expect(again.flatMap((event) => contents.take(event)).map(said)).toEqual([
    'updated b@2',
    'destroyed d@1',
    'created d@1',
    'created e@1',
    'destroyed c@1',
    'bootstrapped',
  ]);
});

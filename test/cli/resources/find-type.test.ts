import { describe, expect, test } from 'vitest';
import { findType, shownName } from '../../../src/cli/resources/find-type.ts';
import type { ResourceType } from '../../../src/protocol/resource.ts';

function type(name: string, namespace: string, ...aliases: string[]): ResourceType {
  const rest = { columns: [], sensitive: false, read_only: false, schema: {} };
  return { type: name, namespace, name: name.split('.')[0] ?? '', aliases, ...rest };
}

const TYPES = [
  type('Disks.a.corex', 'config', 'disks', 'disk', 'd'),
  type('Doors.b.corex', 'runtime', 'doors', 'door', 'd'),
];

describe('findType()', () => {
  test('finds a type by any of its names, in any case', () => {
    for (const name of ['Disks.a.corex', 'DISKS.A.COREX', 'disk', 'Disks']) {
      expect(findType(TYPES, name, undefined)).toEqual({
        type: 'Disks.a.corex',
        namespace: 'config',
        definition: TYPES[0],
      });
    }
    expect(findType(TYPES, 'disk', 'elsewhere').namespace).toBe('elsewhere');
  });

  test('takes a type that is nowhere defined as it is, with a namespace', () => {
    const kind = findType(TYPES, 'os/path', 'config');
    expect(kind).toEqual({ type: 'os/path', namespace: 'config', definition: undefined });
    expect(shownName(kind, 'a')).toBe('os/path/a');
    expect(shownName(findType(TYPES, 'disk', undefined), 'a')).toBe('disks/a');
  });

  test('says what is near, and that a name is that of several', () => {
    expect(() => findType(TYPES, 'diks', undefined)).toThrow('did you mean "disks"?');
    expect(() => findType(TYPES, 'something', undefined)).toThrow('no such type of resource is defined');
    expect(() => findType(TYPES, 'd', undefined)).toThrow('Disks.a.corex or Doors.b.corex');
  });
});

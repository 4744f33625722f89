import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineResource } from '../../src/state/define-resource.ts';
import { newResource } from '../../src/state/resource.ts';

const schema = z.object({ size: z.number() });

function define(type: string, aliases: readonly string[] = []): ReturnType<typeof defineResource> {
  return defineResource({ type, namespace: 'default', aliases, schema });
}

describe('a definition', () => {
  test.each([
    ['Plain', 'suffix'],
    ['.net', 'empty'],
    ['Links.', 'empty'],
    ['links.net', 'CamelCase'],
    ['LInks_x.net', 'letters'],
    ['Links.Net', 'suffix'],
    ['Link.net', 'plural'],
  ])('of "%s" is refused: %s', (type, why) => {
    expect(() => define(type)).toThrow(why);
  });

  test('has the names that people would use', () => {
    expect(define('LinkStatuses.net.corex', ['ls']).aliases).toEqual([
      'linkstatuses',
      'linkstatus',
      'linkstatuses.net',
      'ls',
    ]);
    expect(define('Policies.net.corex').displayType).toBe('Policy');
    expect(define('ResourceDefinitions.meta.cosi.dev').aliases).toEqual([
      'resourcedefinitions',
      'resourcedefinition',
      'resourcedefinitions.meta',
      'resourcedefinitions.meta.cosi',
      'rd',
      'rds',
    ]);
  });

  test('makes and reads resources of its shape only, naming what is wrong', () => {
    const Disks = defineResource({ type: 'Disks.test.corex', namespace: 'default', schema });
    const disk = Disks.make({ id: 'sda', spec: { size: 5 } });
    expect(disk.metadata).toMatchObject({ namespace: 'default', type: 'Disks.test.corex', id: 'sda', version: 0 });
    expect(Disks.read(disk).spec.size).toBe(5);
    expect(() => Disks.make({ id: 'sda', spec: { size: 'large' as unknown as number } })).toThrow('spec.size');
    expect(() => Disks.read(newResource({ ...Disks.pointer('x'), spec: {} }))).toThrow('spec.size');
    expect(() => Disks.read(newResource({ namespace: 'n', type: 'other', id: 'x', spec: {} }))).toThrow('another type');
  });
});

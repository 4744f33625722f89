import { describe, expect, test } from 'vitest';

import { ProtobufReader } from '../../src/cosi/protobuf-reader.ts';
import { ProtobufWriter } from '../../src/cosi/protobuf-writer.ts';
import { readSpec, type SpecForm, writeSpec } from '../../src/cosi/spec-message.ts';
import { loadYaml } from '../../src/cosi/spec-yaml.ts';
import { Namespaces, ResourceDefinitions } from '../../src/state/registry.ts';
import { ProtobufMessage } from '../harness/protobuf.ts';

const { text: yaml } = await loadYaml();

function written(spec: unknown, form: SpecForm, type = 't'): Buffer {
  const writer = new ProtobufWriter();
  writeSpec(writer, type, spec, form);
  return writer.finish();
}

function back(spec: unknown, form: SpecForm = 'json', type = 't'): unknown {
  return readSpec(new ProtobufReader(written(spec, form, type), 'Spec'), type);
}

describe('a spec', () => {
  test.each([
    [{ a: 1, nested: [{ b: null, c: 'x' }], $proto: 1 }],
    [{ bytes: new Uint8Array([1, 2]), big: 12_345_678_901_234_567_890n }],
    [{ $yaml: 'a: 1\n' }],
    [{ $proto: 'AAE=', $yaml: 'a: 1\n' }],
    [{ $proto: 'no base64' }],
    [{ $proto: 'AAE=', more: 1 }],
    ['text'],
    [[]],
    [null],
    [{}],
  ])('comes back as it was to a client of corex %#', (spec) => {
    expect(back(spec)).toEqual(spec);
  });

  test('is empty on the wire when it is empty', () => {
    expect(written({}, yaml)).toHaveLength(0);
    expect(written({ $yaml: '' }, 'json').length).toBeGreaterThan(0);
  });

  test('is YAML for everybody else, however strange its texts', () => {
    const text = new ProtobufMessage(written({ a: 'true', b: 'x: y\nz', c: 1.5, d: [], e: {} }, yaml)).text(2);
    expect(text).toBe('a: "true"\nb: |-\n  x: y\n  z\nc: 1.5\nd: []\ne: {}\n');
    expect(new ProtobufMessage(written({ a: 1 }, yaml)).has(1)).toBe(false);
  });

  test('of a namespace or a definition has the shape others know', () => {
    const namespace = { description: 'Where it is.' };
    expect(written(namespace, 'json', Namespaces.type).toString('latin1')).toBe('\n\x0e\n\x0cWhere it is.');
    const definition = {
      type: 'Disks.machine.corex',
      displayType: 'Disk',
      defaultNamespace: 'machine',
      aliases: ['disk'],
      allAliases: ['disk', 'disks'],
      printColumns: [{ name: 'Size', jsonPath: '{.spec.size}' }],
      sensitivity: 'sensitive',
    };
    const message = new ProtobufMessage(written(definition, yaml, ResourceDefinitions.type));
    const inside = message.messages(1)[0];
    expect([1, 2, 3].map((field) => inside?.text(field))).toEqual(['Disks.machine.corex', 'Disk', 'machine']);
    expect([inside?.bytes(5).map(String), inside?.number(7)]).toEqual([['disk', 'disks'], 1]);
    expect(message.text(2)).toContain('displayType: Disk');
    for (const form of ['json', yaml] as const) {
      expect(back(definition, form, ResourceDefinitions.type)).toEqual(definition);
      expect(back(namespace, form, Namespaces.type)).toEqual(namespace);
    }
    expect(back({ another: 'shape' }, 'json', Namespaces.type)).toEqual({ another: 'shape' });
  });
});

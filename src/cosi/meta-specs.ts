/** Types that describe other types: clients of the protocol know what their specs look like as protocol buffers. */
import { Namespaces, ResourceDefinitions } from '../state/registry.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

type Definition = ReturnType<typeof ResourceDefinitions.schema.parse>;
type Column = Definition['printColumns'][number];

interface SpecCodec {
  /** Undefined for a spec of another shape. */
  write(spec: unknown): Buffer | undefined;
  read(bytes: Uint8Array): unknown;
}

const SENSITIVE = 1;

const namespaces: SpecCodec = {
  write: (spec) => {
    const { success, data } = Namespaces.schema.safeParse(spec);
    if (!success) return undefined;
    const writer = new ProtobufWriter();
    writer.text(1, data.description);
    return writer.finish();
  },
  read: (bytes) => {
    const reader = new ProtobufReader(bytes, 'message NamespaceSpec');
    let description = '';
    while (reader.next()) {
      if (reader.field === 1) description = reader.text();
      else reader.skip();
    }
    return { description };
  },
};

const definitions: SpecCodec = {
  write: (spec) => {
    const { success, data } = ResourceDefinitions.schema.safeParse(spec);
    if (!success) return undefined;
    const writer = new ProtobufWriter();
    writer.text(1, data.type);
    writer.text(2, data.displayType);
    writer.text(3, data.defaultNamespace);
    for (const alias of data.aliases) writer.presentText(4, alias);
    for (const alias of data.allAliases) writer.presentText(5, alias);
    for (const { name, jsonPath } of data.printColumns) {
      const start = writer.begin(6);
      writer.text(1, name);
      writer.text(2, jsonPath);
      writer.end(start);
    }
    writer.number(7, data.sensitivity === 'sensitive' ? SENSITIVE : 0);
    return writer.finish();
  },
  read: (bytes) => {
    const reader = new ProtobufReader(bytes, 'message ResourceDefinitionSpec');
    const spec = { type: '', displayType: '', defaultNamespace: '' };
    const lists = { aliases: [] as string[], allAliases: [] as string[], printColumns: [] as Column[] };
    let sensitivity: Definition['sensitivity'] = '';
    while (reader.next()) {
      if (reader.field === 1) spec.type = reader.text();
      else if (reader.field === 2) spec.displayType = reader.text();
      else if (reader.field === 3) spec.defaultNamespace = reader.text();
      else if (reader.field === 4) lists.aliases.push(reader.text());
      else if (reader.field === 5) lists.allAliases.push(reader.text());
      else if (reader.field === 6) lists.printColumns.push(readColumn(reader.message('message PrintColumn')));
      else if (reader.field === 7) sensitivity = reader.number() === SENSITIVE ? 'sensitive' : '';
      else reader.skip();
    }
    return { ...spec, ...lists, sensitivity };
  },
};

const codecs = new Map([
  [Namespaces.type, namespaces],
  [ResourceDefinitions.type, definitions],
]);

/** A spec as protocol buffers; undefined for types, and shapes, that have no such form. */
export function metaSpecTo(type: string, spec: unknown): Buffer | undefined {
  return codecs.get(type)?.write(spec);
}

/** The spec in protocol buffers; undefined for types without such a form. Errors: StateError `bad-request`. */
export function metaSpecFrom(type: string, bytes: Uint8Array): unknown {
  return codecs.get(type)?.read(bytes);
}

function readColumn(reader: ProtobufReader): Column {
  const column = { name: '', jsonPath: '' };
  while (reader.next()) {
    if (reader.field === 1) column.name = reader.text();
    else if (reader.field === 2) column.jsonPath = reader.text();
    else reader.skip();
  }
  return column;
}

/** What clients ask, as it is written and read. */
import type { LabelQuery } from '../state/label-query.ts';
import type { Query } from '../state/query.ts';
import type { Kind, Phase, Pointer, Resource } from '../state/resource.ts';
import { StateError } from '../state/state-error.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { readIdQuery, readLabelQuery, writeIdQuery, writeLabelQuery } from './query-message.ts';
import { phaseOf, phaseText, readResource, resourceMessage } from './resource-message.ts';

export interface ListRequest extends Kind {
  readonly query: Query;
}

/** Of `Create`, and of `Update`, which has the phase. */
export interface WriteRequest {
  readonly resource: Resource;
  readonly owner: string;
  /** Missing: any. */
  readonly expectedPhase?: Phase | undefined;
}

/** Of `Destroy`, `Teardown` and `TeardownAndDestroy`. */
export interface EndRequest extends Pointer {
  readonly owner: string;
}

export function writeGet(pointer: Pointer): Buffer {
  const writer = new ProtobufWriter();
  writePointer(writer, pointer);
  return writer.finish();
}

export function readGet(bytes: Uint8Array): Pointer {
  return readPointer(new ProtobufReader(bytes, 'message GetRequest'), () => undefined);
}

export function writeList({ namespace, type, query: { labels = [], id = '' } }: ListRequest): Buffer {
  const writer = new ProtobufWriter();
  writer.text(1, namespace);
  writer.text(2, type);
  const options = writer.begin(3);
  for (const terms of labels) writeLabelQuery(writer, 1, terms);
  writeIdQuery(writer, 2, id);
  writer.end(options);
  return writer.finish();
}

export function readList(bytes: Uint8Array): ListRequest {
  const reader = new ProtobufReader(bytes, 'message ListRequest');
  const kind = { namespace: '', type: '' };
  const labels: LabelQuery[] = [];
  let id = '';
  while (reader.next()) {
    if (reader.field === 1) kind.namespace = reader.text();
    else if (reader.field === 2) kind.type = reader.text();
    else if (reader.field === 3) {
      const options = reader.message('message ListOptions');
      while (options.next()) {
        if (options.field === 1) labels.push(readLabelQuery(options.message('message LabelQuery')));
        else if (options.field === 2) id = readIdQuery(options.message('message IDQuery'));
        else options.skip();
      }
    } else reader.skip();
  }
  return { ...kind, query: { labels, id } };
}

export function writeCreate({ resource, owner }: WriteRequest): Buffer {
  const writer = new ProtobufWriter();
  writer.presentBytes(1, resourceMessage(resource, 'json'));
  const options = writer.begin(2);
  writer.text(1, owner);
  writer.end(options);
  return writer.finish();
}

export function readCreate(bytes: Uint8Array): WriteRequest {
  const reader = new ProtobufReader(bytes, 'message CreateRequest');
  let resource: Resource | undefined;
  let owner = '';
  while (reader.next()) {
    if (reader.field === 1) resource = readResource(reader.message('message Resource'));
    else if (reader.field === 2) ({ owner } = readWriteOptions(reader.message('message CreateOptions')));
    else reader.skip();
  }
  if (resource === undefined) throw missing('CreateRequest', 'resource');
  return { resource, owner };
}

export function writeUpdate({ resource, owner, expectedPhase }: WriteRequest): Buffer {
  const writer = new ProtobufWriter();
  writer.presentBytes(2, resourceMessage(resource, 'json'));
  const options = writer.begin(3);
  writer.text(1, owner);
  if (expectedPhase !== undefined) writer.presentText(2, phaseText(expectedPhase));
  writer.end(options);
  return writer.finish();
}

export function readUpdate(bytes: Uint8Array): WriteRequest {
  const reader = new ProtobufReader(bytes, 'message UpdateRequest');
  let resource: Resource | undefined;
  let options: Omit<WriteRequest, 'resource'> | undefined;
  while (reader.next()) {
    if (reader.field === 2) resource = readResource(reader.message('message Resource'));
    else if (reader.field === 3) options = readWriteOptions(reader.message('message UpdateOptions'));
    else reader.skip();
  }
  if (resource === undefined) throw missing('UpdateRequest', 'new_resource');
  // Without them nobody said which phase is meant: a guess might write over what is on its way out.
  if (options === undefined) throw missing('UpdateRequest', 'options');
  return { resource, ...options };
}

export function writeEnd({ owner, ...pointer }: EndRequest): Buffer {
  const writer = new ProtobufWriter();
  writePointer(writer, pointer);
  const options = writer.begin(4);
  writer.text(1, owner);
  writer.end(options);
  return writer.finish();
}

export function readEnd(bytes: Uint8Array): EndRequest {
  let owner = '';
  const pointer = readPointer(new ProtobufReader(bytes, 'request'), (options) => {
    ({ owner } = readWriteOptions(options));
  });
  return { ...pointer, owner };
}

function writePointer(writer: ProtobufWriter, { namespace, type, id }: Pointer): void {
  writer.text(1, namespace);
  writer.text(2, type);
  writer.text(3, id);
}

function readPointer(reader: ProtobufReader, onOptions: (options: ProtobufReader) => void): Pointer {
  const pointer = { namespace: '', type: '', id: '' };
  while (reader.next()) {
    if (reader.field === 1) pointer.namespace = reader.text();
    else if (reader.field === 2) pointer.type = reader.text();
    else if (reader.field === 3) pointer.id = reader.text();
    else if (reader.field === 4) onOptions(reader.message('options'));
    else reader.skip();
  }
  return pointer;
}

function readWriteOptions(reader: ProtobufReader): Omit<WriteRequest, 'resource'> {
  let owner = '';
  let expectedPhase: Phase | undefined;
  while (reader.next()) {
    if (reader.field === 1) owner = reader.text();
    else if (reader.field === 2) expectedPhase = phaseOf(reader.text());
    else reader.skip();
  }
  return { owner, expectedPhase };
}

function missing(message: string, field: string): StateError {
  return new StateError('bad-request', `Cannot read the message ${message}: "${field}" is missing`);
}

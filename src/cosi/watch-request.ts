/** What a watch is asked with, as it is written and read. */
import type { WatchKindOptions } from '../state/backend.ts';
import type { LabelQuery } from '../state/label-query.ts';
import type { Kind } from '../state/resource.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { readIdQuery, readLabelQuery, writeIdQuery, writeLabelQuery } from './query-message.ts';

export interface WatchRequest extends Kind {
  /** Missing: all of the kind. */
  readonly id?: string | undefined;
  readonly options: Omit<WatchKindOptions, 'signal'>;
  readonly aggregated: boolean;
  /** From 1 on clients know of `BOOTSTRAPPED` and `ERRORED`. */
  readonly apiVersion: number;
}

export function writeWatch({ namespace, type, id, options, aggregated, apiVersion }: WatchRequest): Buffer {
  const writer = new ProtobufWriter();
  writer.text(1, namespace);
  writer.text(2, type);
  if (id !== undefined) writer.presentText(3, id);
  const start = writer.begin(4);
  writer.flag(1, options.bootstrap ?? false);
  writer.number(2, options.tail ?? 0);
  for (const terms of options.labels ?? []) writeLabelQuery(writer, 3, terms);
  writeIdQuery(writer, 4, options.id ?? '');
  writer.flag(5, aggregated);
  if (options.from !== undefined) writer.presentBytes(6, options.from);
  writer.flag(7, options.bootstrapBookmark ?? false);
  writer.end(start);
  writer.number(5, apiVersion);
  return writer.finish();
}

export function readWatch(bytes: Uint8Array): WatchRequest {
  const reader = new ProtobufReader(bytes, 'message WatchRequest');
  const kind = { namespace: '', type: '' };
  let id: string | undefined;
  let apiVersion = 0;
  let asked: Pick<WatchRequest, 'options' | 'aggregated'> = { options: {}, aggregated: false };
  while (reader.next()) {
    if (reader.field === 1) kind.namespace = reader.text();
    else if (reader.field === 2) kind.type = reader.text();
    else if (reader.field === 3) id = reader.text();
    else if (reader.field === 4) asked = readOptions(reader.message('message WatchOptions'));
    else if (reader.field === 5) apiVersion = reader.number();
    else reader.skip();
  }
  return { ...kind, id, ...asked, apiVersion };
}

function readOptions(reader: ProtobufReader): Pick<WatchRequest, 'options' | 'aggregated'> {
  const flags = { bootstrap: false, bootstrapBookmark: false };
  const labels: LabelQuery[] = [];
  let aggregated = false;
  let tail = 0;
  let id = '';
  let from: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) flags.bootstrap = reader.flag();
    else if (reader.field === 2) tail = reader.number();
    else if (reader.field === 3) labels.push(readLabelQuery(reader.message('message LabelQuery')));
    else if (reader.field === 4) id = readIdQuery(reader.message('message IDQuery'));
    else if (reader.field === 5) aggregated = reader.flag();
    else if (reader.field === 6) from = new Uint8Array(reader.bytes());
    else if (reader.field === 7) flags.bootstrapBookmark = reader.flag();
    else reader.skip();
  }
  return { options: { ...flags, labels, id, from, ...(tail > 0 && { tail }) }, aggregated };
}

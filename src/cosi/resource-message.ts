/** The messages `Resource` and `Metadata`. */
import { type Metadata, type Phase, type Resource, sealed } from '../state/resource.ts';
import { StateError } from '../state/state-error.ts';
import type { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { OWN_FIELD, readSpec, type SpecForm, writeSpec } from './spec-message.ts';

/** Larger messages are made anew each time. */
const LARGEST_KEPT_BYTES = 16 * 1_024;

const METADATA = 1;
const SPEC = 2;

/** Of what was never stored. */
const UNDEFINED_VERSION = 'undefined';
/** The largest number other servers and clients can read. */
const MAX_VERSION = 2n ** 63n - 1n;

/** Most resources have neither annotations nor finalizers: they share what is empty. */
const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze({});
const NO_FINALIZERS: readonly string[] = Object.freeze([]);

const PLAIN = { enumerable: true, configurable: true, writable: true } as const;

const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1_000_000;

interface Written {
  readonly resource: Resource;
  readonly form: SpecForm;
  readonly bytes: Buffer;
}

/** What was written last and before that. */
let last: Written | undefined;
let lastButOne: Written | undefined;

/** The message; `metadata` and `spec` are both there even where they are empty. */
export function resourceMessage({ metadata, spec }: Resource, form: SpecForm): Buffer {
  const writer = new ProtobufWriter();
  let start = writer.begin(METADATA);
  writeMetadata(writer, metadata);
  writer.end(start);
  start = writer.begin(SPEC);
  writeSpec(writer, metadata.type, spec, form);
  writer.end(start);
  return writer.finish();
}

/**
 * The message of a resource as a state gave it, frozen: one that was just written is not written anew. A change is an
 * answer, an event for each watch, and what is old in the next event.
 */
export function storedMessage(resource: Resource, form: SpecForm): Buffer {
  if (last?.resource === resource && last.form === form) return last.bytes;
  if (lastButOne?.resource === resource && lastButOne.form === form) return lastButOne.bytes;
  const bytes = resourceMessage(resource, form);
  if (bytes.length <= LARGEST_KEPT_BYTES) {
    lastButOne = last;
    last = { resource, form, bytes };
  }
  return bytes;
}

/** The resource, frozen. Errors: StateError `bad-request` where something of it is missing or no value of its kind. */
export function readResource(reader: ProtobufReader): Resource {
  let metadata: Metadata | undefined;
  let spec: ProtobufReader | undefined;
  while (reader.next()) {
    if (reader.field === METADATA) metadata = readMetadata(reader.message('message Metadata'));
    else if (reader.field === SPEC) spec = reader.message('message Spec');
    else reader.skip();
  }
  if (metadata === undefined) throw missing('metadata');
  if (spec === undefined) throw missing('spec');
  return sealed(metadata, readSpec(spec, metadata.type));
}

/** The phase a word on the wire means. Errors: StateError `bad-request`. */
export function phaseOf(text: string): Phase {
  if (text === 'running') return 'running';
  if (text === 'tearingDown') return 'tearing-down';
  throw new StateError('bad-request', `Cannot read the phase "${text}": it is "running" or "tearingDown"`);
}

export function phaseText(phase: Phase): string {
  return phase === 'running' ? 'running' : 'tearingDown';
}

function writeMetadata(writer: ProtobufWriter, metadata: Metadata): void {
  writer.text(1, metadata.namespace);
  writer.text(2, metadata.type);
  writer.text(3, metadata.id);
  writer.text(4, metadata.version === 0 ? UNDEFINED_VERSION : String(metadata.version));
  writer.text(5, metadata.owner);
  writer.text(6, phaseText(metadata.phase));
  writeTime(writer, 7, metadata.created);
  writeTime(writer, 8, metadata.updated);
  for (const finalizer of metadata.finalizers) writer.presentText(9, finalizer);
  writeTexts(writer, 10, metadata.labels);
  writeTexts(writer, 11, metadata.annotations);
  writer.text(OWN_FIELD, metadata.uid);
}

function readMetadata(reader: ProtobufReader): Metadata {
  const metadata = nameless();
  let version = '';
  let phase = '';
  let labels: Record<string, string> | undefined;
  let annotations: Record<string, string> | undefined;
  let finalizers: Set<string> | undefined;
  while (reader.next()) {
    if (reader.field === 1) metadata.namespace = reader.text();
    else if (reader.field === 2) metadata.type = reader.text();
    else if (reader.field === 3) metadata.id = reader.text();
    else if (reader.field === 4) version = reader.text();
    else if (reader.field === 5) metadata.owner = reader.text();
    else if (reader.field === 6) phase = reader.text();
    else if (reader.field === 7) metadata.created = readTime(reader.message('message Timestamp'));
    else if (reader.field === 8) metadata.updated = readTime(reader.message('message Timestamp'));
    else if (reader.field === 9) (finalizers ??= new Set()).add(reader.text());
    else if (reader.field === 10) readEntry(reader.message('labels'), (labels ??= {}));
    else if (reader.field === 11) readEntry(reader.message('annotations'), (annotations ??= {}));
    else if (reader.field === OWN_FIELD) metadata.uid = reader.text();
    else reader.skip();
  }
  metadata.version = versionOf(version);
  metadata.phase = phaseOf(phase);
  if (labels !== undefined) metadata.labels = labels;
  if (annotations !== undefined) metadata.annotations = annotations;
  if (finalizers !== undefined) metadata.finalizers = [...finalizers];
  return metadata;
}

function nameless(): { -readonly [Key in keyof Metadata]: Metadata[Key] } {
  return {
    namespace: '',
    type: '',
    id: '',
    version: 0,
    owner: '',
    phase: 'running',
    created: 0,
    updated: 0,
    labels: NO_TEXTS,
    annotations: NO_TEXTS,
    finalizers: NO_FINALIZERS,
    uid: '',
  };
}

function versionOf(text: string): number {
  if (text === UNDEFINED_VERSION) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (/^\d{16,32}$/.test(text) && BigInt(text) <= MAX_VERSION) return Number(text);
  throw new StateError(
    'bad-request',
    `Cannot read the version "${text}": it is "${UNDEFINED_VERSION}" or a whole number up to ${MAX_VERSION}`,
  );
}

/** Nothing where nothing is known. */
function writeTime(writer: ProtobufWriter, field: number, ms: number): void {
  if (ms === 0) return;
  const seconds = Math.floor(ms / MS_PER_SECOND);
  const start = writer.begin(field);
  writer.number(1, seconds);
  writer.number(2, Math.round((ms - seconds * MS_PER_SECOND) * NS_PER_MS));
  writer.end(start);
}

function readTime(reader: ProtobufReader): number {
  let seconds = 0;
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.number();
    else if (reader.field === 2) nanoseconds = reader.number();
    else reader.skip();
  }
  return seconds * MS_PER_SECOND + Math.floor(nanoseconds / NS_PER_MS);
}

function writeTexts(writer: ProtobufWriter, field: number, texts: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(texts)) {
    const start = writer.begin(field);
    writer.text(1, key);
    writer.text(2, texts[key] ?? '');
    writer.end(start);
  }
}

/** Puts one more text to the others. */
function readEntry(reader: ProtobufReader, texts: Record<string, string>): void {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  // A key may mean something to objects.
  if (key === '__proto__') Object.defineProperty(texts, key, { ...PLAIN, value });
  else texts[key] = value;
}

function missing(field: string): StateError {
  return new StateError('bad-request', `Cannot read the message Resource: "${field}" is missing`);
}

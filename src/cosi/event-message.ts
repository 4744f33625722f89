/** The messages `Event` and `WatchResponse`. */
import type { StateEvent } from '../state/event.ts';
import { newResource, pointerOf, type Kind, type Resource } from '../state/resource.ts';
import { StateError } from '../state/state-error.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { readResource, storedMessage } from './resource-message.ts';
import { OWN_FIELD, type SpecForm } from './spec-message.ts';

const EVENT = 1;
const TYPES = ['created', 'updated', 'destroyed', 'bootstrapped', 'errored', 'noop'] as const;
const numbers = new Map(TYPES.map((type, number) => [type, number]));

/** The watch has ended, and why. */
export interface ErroredEvent {
  readonly type: 'errored';
  readonly error: StateError;
}

/** A message is ended behind the event with which it has so many bytes: clients take 4 MiB unless they say otherwise. */
const ENOUGH_BYTES = 512 * 1_024;

/** The message that says that a watch is registered. */
export const READY = Buffer.alloc(0);

/** Events from `from` on, as many as go into one message, and which is the first that doesn't. */
export function writeEvents(
  events: readonly (StateEvent | ErroredEvent)[],
  from: number,
  form: SpecForm,
): { readonly bytes: Buffer; readonly next: number } {
  const writer = new ProtobufWriter();
  let next = from;
  for (; next < events.length && writer.size < ENOUGH_BYTES; next += 1) {
    const event = events[next];
    if (event === undefined) break;
    const start = writer.begin(EVENT);
    writeEvent(writer, event, form);
    writer.end(start);
  }
  return { bytes: writer.finish(), next };
}

/** Errors: StateError `damaged`. */
export function readEvents(bytes: Uint8Array): readonly (StateEvent | ErroredEvent)[] {
  const reader = new ProtobufReader(bytes, 'message WatchResponse');
  const events: (StateEvent | ErroredEvent)[] = [];
  while (reader.next()) {
    if (reader.field === EVENT) events.push(readEvent(reader.message('message Event')));
    else reader.skip();
  }
  return events;
}

function writeEvent(writer: ProtobufWriter, event: StateEvent | ErroredEvent, form: SpecForm): void {
  const resource = resourceOf(event);
  if (resource !== undefined) writer.presentBytes(1, storedMessage(resource, form));
  writer.number(2, numbers.get(event.type) ?? 0);
  if (event.type === 'updated') writer.presentBytes(3, storedMessage(event.old, form));
  if (event.type === 'errored') {
    writer.presentText(4, event.error.message);
    writer.text(OWN_FIELD, event.error.code);
  } else if (event.bookmark !== undefined) {
    writer.presentBytes(5, event.bookmark);
  }
}

/** Every event but an error has one; where there is none it is one of which only the names are known. */
function resourceOf(event: StateEvent | ErroredEvent): Resource | undefined {
  if (event.type === 'errored') return undefined;
  if (event.type === 'bootstrapped' || event.type === 'noop') return nameless({ ...event.kind, id: '' });
  if (event.type === 'destroyed') return event.resource ?? nameless(event.pointer);
  return event.resource;
}

function nameless(pointer: Kind & { readonly id: string }): Resource {
  return newResource({ ...pointer, spec: {} });
}

function readEvent(reader: ProtobufReader): StateEvent | ErroredEvent {
  let number = 0;
  let message = '';
  let code = '';
  let resource: Resource | undefined;
  let old: Resource | undefined;
  let bookmark: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) resource = readResource(reader.message('message Resource'));
    else if (reader.field === 2) number = reader.number();
    else if (reader.field === 3) old = readResource(reader.message('message Resource'));
    else if (reader.field === 4) message = reader.text();
    else if (reader.field === 5) bookmark = new Uint8Array(reader.bytes());
    else if (reader.field === OWN_FIELD) code = reader.text();
    else reader.skip();
  }
  const type = TYPES[number];
  if (type === undefined) throw damaged(`there is no type ${number}`);
  if (type === 'errored') return { type, error: endOf(code, message) };
  if (resource === undefined) throw damaged('"resource" is missing');
  return eventOf(type, resource, old, bookmark);
}

function eventOf(
  type: StateEvent['type'],
  resource: Resource,
  old: Resource | undefined,
  bookmark: Uint8Array | undefined,
): StateEvent {
  const { namespace, type: kindType, version } = resource.metadata;
  const place = bookmark !== undefined && { bookmark };
  switch (type) {
    case 'created':
      return { type, resource, ...place };
    case 'updated':
      if (old === undefined) throw damaged('"old" is missing');
      return { type, resource, old, ...place };
    case 'destroyed':
      return { type, pointer: pointerOf(resource), ...(version > 0 && { resource }), ...place };
    case 'bootstrapped':
    case 'noop':
      // Servers that can't be gone on from send none.
      return { type, kind: { namespace, type: kindType }, bookmark: bookmark ?? new Uint8Array() };
  }
}

/** Other servers say only in words why a watch ended; then it is taken for one that can be begun anew. */
function endOf(code: string, message: string): StateError {
  return new StateError(code === 'invalid-bookmark' ? code : 'watch-overrun', message);
}

function damaged(why: string): StateError {
  return new StateError('damaged', `Cannot read the message Event: ${why}`);
}

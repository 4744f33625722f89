/** The service `cosi.resource.State`: what each call takes and gives, as both ends write and read it. */
import type { Pointer, Resource } from '../state/resource.ts';
import { StateError } from '../state/state-error.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import {
  type EndRequest,
  type ListRequest,
  readCreate,
  readEnd,
  readGet,
  readList,
  readUpdate,
  writeCreate,
  writeEnd,
  writeGet,
  writeList,
  writeUpdate,
  type WriteRequest,
} from './requests.ts';
import { readResource, storedMessage } from './resource-message.ts';
import type { SpecForm } from './spec-message.ts';
import { readWatch, type WatchRequest, writeWatch } from './watch-request.ts';

const SERVICE = 'cosi.resource.State';

/** One call. What readers throw are StateErrors. */
export interface Method<Request> {
  readonly name: string;
  readonly path: string;
  /** Whether the answer comes in several messages. */
  readonly isStream: boolean;
  writeRequest(request: Request): Buffer;
  readRequest(bytes: Uint8Array): Request;
}

export const METHODS = {
  get: method<Pointer>('Get', writeGet, readGet),
  list: stream<ListRequest>('List', writeList, readList),
  create: method<WriteRequest>('Create', writeCreate, readCreate),
  update: method<WriteRequest>('Update', writeUpdate, readUpdate),
  destroy: method<EndRequest>('Destroy', writeEnd, readEnd),
  watch: stream<WatchRequest>('Watch', writeWatch, readWatch),
  teardown: method<EndRequest>('Teardown', writeEnd, readEnd),
  teardownAndDestroy: method<EndRequest>('TeardownAndDestroy', writeEnd, readEnd),
} as const;

/** The answers of `Get`, `List`, `Create` and `Update`. */
export function writeResourceAnswer(resource: Resource, form: SpecForm): Buffer {
  const writer = new ProtobufWriter();
  writer.presentBytes(1, storedMessage(resource, form));
  return writer.finish();
}

/** Errors: StateError `damaged`. */
export function readResourceAnswer(bytes: Uint8Array): Resource {
  const reader = new ProtobufReader(bytes, 'answer');
  let resource: Resource | undefined;
  while (reader.next()) {
    if (reader.field === 1) resource = readResource(reader.message('message Resource'));
    else reader.skip();
  }
  if (resource === undefined) throw new StateError('damaged', 'Cannot read the answer: "resource" is missing');
  return resource;
}

/** The answer of `Teardown`. */
export function writeReadyAnswer(isReady: boolean): Buffer {
  const writer = new ProtobufWriter();
  writer.flag(1, isReady);
  return writer.finish();
}

export function readReadyAnswer(bytes: Uint8Array): boolean {
  const reader = new ProtobufReader(bytes, 'answer');
  let isReady = false;
  while (reader.next()) {
    if (reader.field === 1) isReady = reader.flag();
    else reader.skip();
  }
  return isReady;
}

function method<Request>(
  name: string,
  writeRequest: Method<Request>['writeRequest'],
  readRequest: Method<Request>['readRequest'],
): Method<Request> {
  return { name, path: `/${SERVICE}/${name}`, isStream: false, writeRequest, readRequest };
}

function stream<Request>(
  name: string,
  writeRequest: Method<Request>['writeRequest'],
  readRequest: Method<Request>['readRequest'],
): Method<Request> {
  return { ...method(name, writeRequest, readRequest), isStream: true };
}

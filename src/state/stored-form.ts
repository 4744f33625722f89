/** How a resource is written down: text first, then whatever wraps it. */
import { parseTrustedJson } from '../base/json.ts';
import { freeze, type Pointer, type Resource } from './resource.ts';
import { named, StateError } from './state-error.ts';

/** Turns resources into bytes and back. What is given back is frozen. */
export interface StoredForm {
  encode(resource: Resource): Uint8Array;
  /** Errors: StateError `damaged`. */
  decode(bytes: Uint8Array, pointer: Pointer): Resource;
}

/** Makes other bytes of bytes, and the same again. `name` is where they are kept: bytes of one name are none of another. */
export interface Wrapping {
  wrap(bytes: Uint8Array, name: string): Uint8Array;
  /** Errors: StateError `damaged`. */
  unwrap(bytes: Uint8Array, name: string): Uint8Array;
}

const BYTES = '$bytes';
const BIG = '$bigint';
/** Before a key that looks like one of those. */
const ESCAPE = '$';

/** JSON, in which bytes and large numbers have a form of their own. */
export const jsonForm: StoredForm = {
  encode: (resource) => Buffer.from(JSON.stringify(toJson(resource))),
  decode: (bytes, pointer) => {
    try {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const value = parseTrustedJson(text.toString());
      // Without a sign of it nothing has a form of its own, and nothing has to be put together anew.
      return freeze(text.includes(ESCAPE) ? fromJson(value) : value) as Resource;
    } catch (error) {
      throw new StateError('damaged', `Cannot read ${named(pointer)}: ${String(error)}`, pointer, { cause: error });
    }
  },
};

/** What JSON can hold, in which bytes and large numbers have a form of their own. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return { [BIG]: String(value) };
  if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.startsWith(ESCAPE) ? ESCAPE + key : key, toJson(member)]),
  );
}

/** The opposite. Errors: SyntaxError for a large number that is none. */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && typeof first[1] === 'string') {
    if (first[0] === BYTES) return new Uint8Array(Buffer.from(first[1], 'base64'));
    if (first[0] === BIG) return BigInt(first[1]);
  }
  return Object.fromEntries(
    entries.map(([key, member]) => [key.startsWith(ESCAPE) ? key.slice(ESCAPE.length) : key, fromJson(member)]),
  );
}

/** Plain values as JSON: bytes and large integers, which JSON has not, are objects of one member. */
import type { JsonObject, JsonValue } from './json.ts';

const BYTES = '$bytes';
const BIG = '$bigint';
/** A key that would be taken for one of those has one more `$`. */
const LOOKS_SPECIAL = /^\$+(bytes|bigint)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Longer numbers take noticeable time to read. */
const MOST_DIGITS = 10_000;

/** What has no JSON, `undefined` in a list for example, becomes null; members that are undefined are left out. */
export function plainToJson(value: unknown): JsonValue {
  if (typeof value === 'bigint') return { [BIG]: String(value) };
  if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map((item) => plainToJson(item));
  if (typeof value !== 'object' || value === null) return jsonOf(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && LOOKS_SPECIAL.test(first[0])) {
    return { [`$${first[0]}`]: plainToJson(first[1]) };
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, plainToJson(member)]));
}

/** The opposite. Errors: SyntaxError for bytes that are no base64, and numbers that are none. */
export function plainFromJson(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => plainFromJson(item));
  const entries = Object.entries(value as JsonObject);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && LOOKS_SPECIAL.test(first[0])) return special(...first);
  return Object.fromEntries(entries.map(([key, member]) => [key, plainFromJson(member)]));
}

function special(key: string, value: JsonValue): unknown {
  if (key === BYTES) {
    if (typeof value === 'string' && BASE64.test(value)) return new Uint8Array(Buffer.from(value, 'base64'));
    throw new SyntaxError(`"${BYTES}" is no base64`);
  }
  if (key === BIG) {
    if (typeof value === 'string' && value.length <= MOST_DIGITS && /^-?\d+$/.test(value)) return BigInt(value);
    throw new SyntaxError(`"${BIG}" is no whole number of at most ${MOST_DIGITS} digits`);
  }
  return { [key.slice(1)]: plainFromJson(value) };
}

/** The library's types leave out that some values have no JSON. */
function jsonOf(value: unknown): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

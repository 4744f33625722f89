/** JSON from outside: parsed within bounds, with errors as values. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** What a text may hold before it is refused. */
export interface JsonBounds {
  readonly depth: number;
  readonly keys: number;
}

export const DEFAULT_JSON_BOUNDS: JsonBounds = { depth: 64, keys: 10_000 };

export type ParsedJson =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly message: string };

/**
 * Parses one JSON text. Refused, with a message that says why: bad syntax, nesting or keys beyond the
 * bounds, the same key twice in one object, and the key `__proto__`.
 */
export function parseJson(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): ParsedJson {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return { ok: false, message: `Cannot read JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const trouble = findTrouble(text, bounds);
  return trouble === undefined ? { ok: true, value } : { ok: false, message: `Cannot read JSON: ${trouble}` };
}

/** Parses JSON this program wrote itself. Throws SyntaxError when it is damaged. */
export function parseTrustedJson(text: string): unknown {
  return JSON.parse(text);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;

/** Walks a text already known to be valid JSON and says what is wrong with its shape. */
function findTrouble(text: string, bounds: JsonBounds): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let keys = 0;
  let lastString: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        // Only a string that turns out to be a key is looked at again, so long values cost nothing.
        if (objects.at(-1) !== undefined && isKey(text, end)) lastString = text.slice(at, end + 1);
        at = end;
        break;
      }
      case COLON: {
        const seen = objects.at(-1);
        if (seen === undefined || lastString === undefined) break;
        const key = JSON.parse(lastString) as string;
        lastString = undefined;
        if (key === '__proto__') return 'the key "__proto__" is not allowed';
        if (seen.has(key)) return `the key "${key}" stands twice in one object`;
        seen.add(key);
        keys += 1;
        if (keys > bounds.keys) return `more than ${bounds.keys} keys`;
        break;
      }
      case OPEN_OBJECT:
        objects.push(new Set());
        if (objects.length > bounds.depth) return `nested deeper than ${bounds.depth}`;
        break;
      case OPEN_ARRAY:
        objects.push(undefined);
        if (objects.length > bounds.depth) return `nested deeper than ${bounds.depth}`;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        objects.pop();
        break;
      default:
    }
  }
  return undefined;
}

/** Index of the quote that ends the string beginning at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

/** Whether the string that ends at `end` is followed by a colon. */
function isKey(text: string, end: number): boolean {
  for (let at = end + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) return true;
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return false;
  }
  return false;
}

import type { JsonValue } from '../../../src/base/json.ts';
import type { Extension } from '../../../src/kinds/extension/extension.ts';
import { resolveExtension } from '../../../src/kinds/extension/extension-process.ts';
import { readManifest } from '../../../src/kinds/extension/manifest.ts';

/** The extension of a manifest in `/ext`, named "try". */
export function extensionOf(manifest: object): Extension {
  return readManifest({ binary: 'true', ...manifest }, { name: 'try', directory: '/ext' });
}

/** What it would run for these arguments. */
export function resolved(manifest: object, args: JsonValue = {}) {
  return resolveExtension(extensionOf(manifest), args);
}

/** Parameters of every type, none of them required: `s` text, `i` integer, `n` number, `b` boolean, `l` list, `p` path, `o` object. */
export const PARAMETERS = {
  s: {},
  i: { type: 'integer' },
  n: { type: 'number' },
  b: { type: 'boolean' },
  l: { type: 'list' },
  p: { type: 'path' },
  o: { type: 'object' },
} as const;

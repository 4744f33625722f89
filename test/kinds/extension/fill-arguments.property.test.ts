import { execFileSync } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { JsonValue } from '../../../src/base/json.ts';
import { renderValue } from '../../../src/kinds/extension/render-value.ts';
import { extensionOf, PARAMETERS, resolved } from './manifest-of.ts';
import { resolveExtension } from '../../../src/kinds/extension/extension-process.ts';

/** Texts as an attacker would write them, and any others. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom(...'\'"\\`$(){}[];&|<>*?~#!=-\n\t aé🦀'.split('')) }),
  fc.constantFrom(
    ...['; touch /tmp/owned', '$(touch owned)', '`touch owned`', "' ; touch owned '", '" && touch owned "', '-c', '--'],
    ...['{s}', '{{s}}', '{l}', '${IFS}touch${IFS}owned', '\n touch owned \n', '| sh', '> owned', '$0', '"$@"', '%s%n'],
  ),
);

const item = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.dictionary(text, text),
);

const values = fc.record(
  {
    s: text,
    i: fc.maxSafeInteger(),
    n: fc.double({ noNaN: true, noDefaultInfinity: true }),
    b: fc.boolean(),
    l: fc.array(item, { maxLength: 5 }),
    p: text.filter((value) => value !== ''),
    o: fc.dictionary(text, text),
  },
  { requiredKeys: [] },
);

type Values = typeof values extends fc.Arbitrary<infer Value> ? Value : never;

/** One entry of `args`: texts and at most one list among what stands between them. */
const entry = fc
  .array(
    fc.oneof(
      text,
      fc.constantFrom('s', 'i', 'n', 'b', 'o').map((name) => ({ name })),
    ),
    { maxLength: 4 },
  )
  .chain((parts) => fc.constantFrom(parts, [...parts, { name: 'l' }]));

const written = (parts: readonly (string | { readonly name: string })[]): string =>
  parts.map((part) => (typeof part === 'string' ? part.replaceAll(/[{}]/g, '$&$&') : `{${part.name}}`)).join('');

function expected(parts: readonly (string | { readonly name: string })[], given: Values): string[] {
  const isList = parts.some((part) => typeof part !== 'string' && part.name === 'l');
  const items: readonly (JsonValue | undefined)[] = isList ? (given.l ?? []) : [undefined];
  return items.flatMap((one) => {
    const texts = parts.map((part) => {
      if (typeof part === 'string') return part;
      const value = part.name === 'l' ? one : (given[part.name as keyof Values] as JsonValue | undefined);
      return value === undefined ? undefined : renderValue(value);
    });
    return texts.includes(undefined) ? [] : [texts.join('')];
  });
}

describe('the arguments of a program', () => {
  test('are one for each entry that has its values, with a list one for each item, and each is just its texts', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), values, (entries, given) => {
        const manifest = { args: entries.map(written), parameters: PARAMETERS };
        const { args } = resolved(manifest, given);
        expect(args).toEqual(entries.flatMap((parts) => expected(parts, given)));
      }),
      { numRuns: 500 },
    );
  });

  test('that are paths never begin with "-"', () => {
    fc.assert(
      fc.property(
        text.filter((value) => value !== ''),
        (p) => {
          const [first = ''] = resolved({ args: ['{p}'], parameters: PARAMETERS }, { p }).args ?? [];
          expect(first.startsWith('-')).toBe(false);
          expect([p, `./${p}`]).toContain(first);
        },
      ),
    );
  });

  test('reach a program as they are: neither a shell nor anything else reads them on the way', () => {
    const extension = extensionOf({
      binary: 'sh',
      args: ['-c', String.raw`printf "%s\0" "$@"`, 'sh', '{s}', 'x={s}', '{l}', 'end'],
      env: { TEXT: '{s}' },
      parameters: { s: { required: true }, l: { type: 'list' } },
    });
    // A pipe carries UTF-8: halves of a character don't survive it, nor do they any other door.
    const wellFormed = text.filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(wellFormed, fc.array(wellFormed, { maxLength: 4 }), (s, l) => {
        const { name, args, env } = resolveExtension(extension, { s, l });
        const output = execFileSync(name, [...(args ?? [])], {
          env: { PATH: process.env['PATH'], ...env },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        expect(output.toString().split('\0').slice(0, -1)).toEqual([s, `x=${s}`, ...l, 'end']);
        expect(env).toEqual({ TEXT: s });
      }),
      { numRuns: 60 },
    );
  });
});

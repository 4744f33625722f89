import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fillTemplate, namesIn, parseTemplate } from '../../../src/kinds/extension/template.ts';

const fill = (text: string, values: Record<string, string> = {}): string | undefined => {
  const read = parseTemplate(text);
  if ('trouble' in read) throw new Error(read.trouble);
  return fillTemplate(read.template, (name) => values[name]);
};

describe('a template', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['{a}', '1'],
    ['--a={a}', '--a=1'],
    ['{a}{b}', '12'],
    ['{{a}}', '{a}'],
    ['{{{a}}}', '{1}'],
    ['{{"x": {a}}}', '{"x": 1}'],
    ['{{}}', '{}'],
    ['{secret:db.password}', '{secret:db.password}'],
    ['pre {secret:x} {a}', 'pre {secret:x} 1'],
  ])('%s gives %s', (text, filled) => {
    expect(fill(text, { a: '1', b: '2' })).toBe(filled);
  });

  test('gives nothing when one of its values is absent', () => {
    expect(fill('{a}{b}', { a: '1' })).toBeUndefined();
  });

  test.each([
    ['{', 'a lone "{": write "{{" for a brace'],
    ['a}', 'a lone "}": write "}}" for a brace'],
    ['{a', 'a lone "{"'],
    ['{}', '"{}" is no place for a parameter'],
    ['{ a }', '"{ a }" is no place for a parameter: write "{{" and "}}" for braces'],
    ['{1a}', 'is no place for a parameter'],
    ['{a.b}', 'is no place for a parameter'],
    ['{__proto__}', 'is no place for a parameter'],
    ['{secret:}', '"{secret:}" is no secret'],
    ['{secret:a b}', 'is no secret'],
  ])('%s is refused', (text, trouble) => {
    expect(parseTemplate(text)).toEqual({ trouble: expect.stringContaining(trouble) });
  });

  test('names each of its parameters once', () => {
    const read = parseTemplate('{b} {a} {b}');
    expect('template' in read && namesIn(read.template)).toEqual(['b', 'a']);
  });

  test('gives any text back whose braces are doubled, and never reads a value again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('{', '}', 'a', 's') }),
        (text, value) => {
          const escaped = text.replaceAll(/[{}]/g, '$&$&');
          expect(fill(`${escaped}{a}${escaped}`, { a: value })).toBe(text + value + text);
        },
      ),
    );
  });
});

import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { judgeCondition } from '../../src/startup/conditions.ts';
import { wordsOf } from '../../src/startup/words.ts';

const words = wordsOf(
  { HOME: '/root', EMPTY: '' },
  new Map([
    ['quiet', ''],
    ['console', 'tty1'],
  ]),
);

const judge = (text: string): boolean | string => {
  const judged = judgeCondition(text, words);
  return judged.ok ? judged.holds : judged.message;
};

describe('judgeCondition()', () => {
  test.each([
    ['', true],
    ['  ', true],
    ['true', true],
    ['false', false],
    ['quiet', true],
    ['console', true],
    ['nothing-of-this-name', false],
    ['HOME', true],
    ['EMPTY', true],
    ['not(quiet)', false],
    ['not( missing )', true],
    ['and(quiet, HOME)', true],
    ['and(quiet,missing)', false],
    ['or(missing, HOME)', true],
    ['or(missing, other)', false],
    ['and(true)', true],
    [' and ( or( missing , quiet ) , not( and(quiet, false) ) ) ', true],
    ['not(or(and(true, missing), quiet))', false],
  ])('takes %j for %j', (text, holds) => {
    expect(judge(text)).toBe(holds);
  });

  test.each([
    ['and(', 'Cannot read the condition "and(": expected a name, "and(", "or(" or "not(", found its end'],
    ['and(a', 'Cannot read the condition "and(a": expected "," or ")", found its end'],
    ['a b', 'Cannot read the condition "a b": expected nothing more, found "b"'],
    ['not(a, b)', 'Cannot read the condition "not(a, b)": "not" takes one condition and has 2'],
    ['nand(a)', 'Cannot read the condition "nand(a)": "nand" is no operator: "and", "or" and "not" are'],
    ['a && b', 'Cannot read the condition "a && b": "&" means nothing here'],
    ['or()', 'Cannot read the condition "or()": expected a name, "and(", "or(" or "not(", found ")"'],
  ])('refuses %j and says why', (text, message) => {
    expect(judge(text)).toBe(message);
  });

  test('refuses conditions inside each other without end', () => {
    expect(judge('not('.repeat(5000) + 'a' + ')'.repeat(5000))).toContain('at most 100 conditions inside each other');
  });

  test('agrees with the same condition in JavaScript', () => {
    type Tree = boolean | { readonly not: Tree } | { readonly op: 'and' | 'or'; readonly of: readonly Tree[] };
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.boolean(),
        fc.record({ not: tie('tree') }),
        fc.record({
          op: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
        }),
      ),
    }));
    const text = (node: Tree): string => {
      if (typeof node === 'boolean') return node ? 'quiet' : 'missing';
      if ('not' in node) return `not(${text(node.not)})`;
      return `${node.op}( ${node.of.map(text).join(' , ')})`;
    };
    const holds = (node: Tree): boolean => {
      if (typeof node === 'boolean') return node;
      if ('not' in node) return !holds(node.not);
      return node.op === 'and' ? node.of.every(holds) : node.of.some(holds);
    };
    fc.assert(fc.property(tree, (node) => judge(text(node)) === holds(node)));
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('and', 'or', 'not', 'x', '(', ')', ',', ' ', '.', '-', '"') }),
        (text) => void judge(text),
      ),
    );
  });
});

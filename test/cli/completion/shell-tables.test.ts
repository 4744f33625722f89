import { execFileSync } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { shellQuote, shellTables } from '../../../src/cli/completion/shell-tables.ts';
import type { CompletedCommand } from '../../../src/cli/completion/describe-completion.ts';

const sh = (script: string): string => execFileSync('sh', ['-c', script], { encoding: 'utf8' });

describe('shellQuote()', () => {
  test('gives a shell the text as it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', "'", '"', '$', '`', '\\', ' ', '*', '\n', '!'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (texts) => {
        const printed = sh(`printf '%s\\001' ${texts.map(shellQuote).join(' ')}`);
        expect(printed.split('\u0001').slice(0, -1)).toEqual(texts);
      }),
      { numRuns: 20 },
    );
  });
});

describe('shellTables()', () => {
  const commands: CompletedCommand[] = [
    {
      name: 'queue',
      summary: 'Queues',
      endsOptions: false,
      takesPlace: false,
      options: [
        { names: ['--width', '-w'], summary: '', values: { type: 'unknown' } },
        { names: ['--mode'], summary: '', values: { type: 'words', words: ["it's", 'b'] } },
        { names: ['--json'], summary: '', values: undefined },
      ],
      words: [
        { index: 0, repeats: false, values: { type: 'words', words: ['list', 'set'] } },
        { after: 'set', index: 1, repeats: false, values: { type: 'kinds', kinds: ['queue'] } },
      ],
    },
    {
      name: 'run',
      summary: 'Run',
      endsOptions: true,
      takesPlace: true,
      options: [],
      words: [{ index: 1, repeats: true, values: { type: 'kinds', kinds: ['file'] } }],
    },
  ];
  const ask = (line: string): string => sh(`${shellTables(commands)}\n${line}`);

  test.each([
    ['_corex_options queue', '--width\n-w\n--mode\n--json\n'],
    ['_corex_value queue --mode', "it's\nb\n"],
    ['_corex_value queue -w && echo takes', 'takes\n'],
    ['_corex_value queue --json || echo switch', 'switch\n'],
    ['_corex_word queue 0 ""', 'list\nset\n'],
    ['_corex_word queue 1 set', '@queue\n'],
    ['_corex_word queue 1 list', ''],
    ['_corex_word run 7 x', '@file\n'],
    ['_corex_ends_options run && echo yes', 'yes\n'],
    ['_corex_ends_options queue || echo no', 'no\n'],
  ])('%s', (line, printed) => {
    expect(ask(line)).toBe(printed);
  });
});

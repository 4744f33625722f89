import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import list from './of-the-original.json' with { type: 'json' };

const root = path.join(import.meta.dirname, '../..');
const rows = Object.entries(list);

/** How often a file has a test of this title that is not left out. A title is the first argument of its call. */
function testsOf({ file, title }: { file: string; title: string }): number {
  if (!existsSync(path.join(root, file))) return 0;
  const source = readFileSync(path.join(root, file), 'utf8');
  const literal = title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const call = new RegExp(`(\\.\\w+)?\\(\\s*(['"\`])${literal}\\2,`, 'g');
  return [...source.matchAll(call)].filter(([, how = '']) => !['.skip', '.todo', '.fails'].includes(how)).length;
}

describe('the list of what is expected of a process manager', () => {
  test('names tests that exist, each by a title its file has once', () => {
    expect(rows.filter(([, row]) => testsOf(row) !== 1)).toEqual([]);
  });

  test('names files of tests alone', () => {
    expect(rows.filter(([, { file }]) => !/^test\/[\w/.-]+\.ts$/.test(file) || file.includes('..'))).toEqual([]);
  });

  test('has short names and one plain sentence each, none twice', () => {
    expect(rows.filter(([name]) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
    const sentences = rows.map(([, { behaviour }]) => behaviour);
    expect(sentences.filter((sentence) => !/^\w.{10,120}\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(rows.length);
  });

  test('is what its page shows, line by line', () => {
    const page = readFileSync(path.join(root, 'docs/acceptance.md'), 'utf8');
    const shown = page.split('\n').filter((line) => line.includes('](../test/') && line.startsWith('- '));
    expect(shown).toEqual(
      rows.map(([, { behaviour, file, title }]) => `- ${behaviour} — [${file}](../${file}): “${title}”`),
    );
  });
});

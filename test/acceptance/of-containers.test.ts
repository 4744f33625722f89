import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import list from './of-containers.json' with { type: 'json' };

interface Row {
  readonly behaviour: string;
  readonly file: string;
  readonly title: string;
}

const root = path.join(import.meta.dirname, '../..');
const rows = Object.entries<Row>(list);

const LINES = 40;

/** A test is named by its whole title, which its file has once. */
function exists({ file, title }: Row): boolean {
  if (!existsSync(path.join(root, file))) return false;
  return readFileSync(path.join(root, file), 'utf8').split(`test('${title}',`).length === 2;
}

describe('the list of what is expected of containers', () => {
  test('names tests that exist', () => {
    expect(rows.filter(([, row]) => !exists(row))).toEqual([]);
  });

  test('has every line', () => {
    const numbers = rows.flatMap(([key]) => /^line-(\d+)/.exec(key)?.[1] ?? []).map(Number);
    expect([...new Set(numbers)]).toEqual(Array.from({ length: LINES }, (_, index) => index + 1));
  });

  test('has one plain sentence each, none twice', () => {
    const sentences = rows.map(([, { behaviour }]) => behaviour);
    expect(sentences.filter((sentence) => !/^\w.{10,130}\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(rows.length);
  });

  test('is what its page shows, line by line', () => {
    const page = readFileSync(path.join(root, 'docs/containers-acceptance.md'), 'utf8');
    const shown = page.split('\n').filter((line) => line.startsWith('- '));
    expect(shown).toEqual(
      rows.map(([, { behaviour, file, title }]) => `- ${behaviour} — [${file}](../${file}): “${title}”`),
    );
  });
});

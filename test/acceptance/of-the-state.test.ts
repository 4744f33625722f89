import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateConformance } from '../../src/state/conformance/index.ts';
import { controllerConformance } from '../../src/state/controllers/conformance/index.ts';
import list from './of-the-state.json' with { type: 'json' };

type Row = { readonly behaviour: string; readonly title: string } & (
  { readonly suite: string; readonly file?: never } | { readonly file: string; readonly suite?: never }
);

const root = path.join(import.meta.dirname, '../..');
const rows = Object.entries<Row>(list as Record<string, Row>);

const SUITES: Readonly<Record<string, { readonly file: string; readonly names: readonly string[] }>> = {
  state: { file: 'src/state/conformance/index.ts', names: stateConformance.map(({ name }) => name) },
  controllers: {
    file: 'src/state/controllers/conformance/index.ts',
    names: controllerConformance.map(({ name }) => name),
  },
};

/** A case is named by what stands before its colon, a test by its whole title, which its file has once. */
function exists({ suite, file, title }: Row): boolean {
  if (suite !== undefined) return SUITES[suite]?.names.some((name) => name.startsWith(`${title}:`)) === true;
  if (!existsSync(path.join(root, file))) return false;
  return readFileSync(path.join(root, file), 'utf8').split(`test('${title}',`).length === 2;
}

describe('the list of what is expected of a state and its controllers', () => {
  test('names cases and tests that exist', () => {
    expect(rows.filter(([, row]) => !exists(row))).toEqual([]);
  });

  test('names every case of the suites', () => {
    const named = rows.map(([, { suite, title }]) => `${suite ?? ''} ${title}`);
    const all = Object.entries(SUITES).flatMap(([suite, { names }]) =>
      names.map((name) => `${suite} ${name.split(':')[0] ?? ''}`),
    );
    expect(all.filter((name) => !named.includes(name))).toEqual([]);
  });

  test('has one plain sentence each, none twice', () => {
    const sentences = rows.map(([, { behaviour }]) => behaviour);
    expect(sentences.filter((sentence) => !/^\w.{10,130}\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(rows.length);
  });

  test('is what its page shows, line by line', () => {
    const page = readFileSync(path.join(root, 'docs/state-acceptance.md'), 'utf8');
    const shown = page.split('\n').filter((line) => line.startsWith('- '));
    expect(shown).toEqual(
      rows.map(([, { behaviour, suite, file, title }]) => {
        const [name, place] = suite === undefined ? [file, file] : [`${suite} suite`, SUITES[suite]?.file];
        return `- ${behaviour} — [${name}](../${place ?? ''}): “${title}”`;
      }),
    );
  });
});

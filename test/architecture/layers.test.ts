import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import configuration from '../../.dependency-cruiser.js';
import { forbiddenFolders, layers, outsideDoors, packageDoors } from '../../layers.js';
import { tempDir } from '../harness/temp-dir.ts';

/** One import that the law forbids: the rule that must say so, the file that sins and what it imports. */
interface Sin {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly text?: string;
}

const allRooms = layers.flat().map(({ room }) => room);

const sins: Sin[] = [
  { rule: 'no-cycles', from: 'src/base/egg.ts', to: 'src/base/hen.ts' },
  { rule: 'unresolved', from: 'src/base/lost.ts', to: './nowhere.ts' },
  { rule: 'no-development-packages', from: 'src/base/developer.ts', to: 'prettier' },
  { rule: 'folders-are-concepts', from: 'src/base/asks-a-helper.ts', to: `src/base/${forbiddenFolders[0] ?? ''}/a.ts` },
  { rule: 'folders-are-concepts-inside', from: 'src/base/helpers/b.ts', to: 'src/base/concept.ts' },
  { rule: 'known-rooms', from: 'src/attic/box.ts', to: 'src/base/concept.ts' },
  { rule: 'only-some-import-agent', from: 'src/cli/commands/run.ts', to: 'src/agent/concept.ts' },
  { rule: 'only-some-import-builtins', from: 'src/server/lists.ts', to: 'builtins/index.ts' },
  { rule: 'doors-are-for-those-outside', from: 'src/engine/by-the-door.ts', to: 'src/builtin.ts' },
  { rule: 'builtins-use-their-door', from: 'builtins/fs/read.ts', to: 'src/host/concept.ts' },
  { rule: 'examples-are-users', from: 'examples/nosy.ts', to: 'src/engine/concept.ts' },
  { rule: 'extensions-stand-alone', from: 'extensions/echo/echo.mjs', to: 'src/base/concept.ts' },
  { rule: 'nothing-imports-tests', from: 'src/base/tested.ts', to: 'test/harness/concept.ts' },
  { rule: 'one-copy', from: 'test/mixed.test.ts', to: 'dist/src/index.js' },
  ...packageDoors.map(({ file }) => ({
    rule: `door-${path.basename(file, '.ts')}`,
    from: file,
    to: 'src/security/concept.ts',
  })),
  ...outsideDoors.map(({ modules }) => ({
    rule: `door-of-${modules.join('-and-')}`,
    from: `src/oci/knows-${modules.join('-and-')}.ts`,
    to: modules[0] ?? '',
  })),
  ...allRooms.map((room) => ({
    rule: `layer-${room}`,
    from: `src/${room}/looks-up.ts`,
    to: `src/${forbiddenTo(room)}/concept.ts`,
    text: `import type {} from '../${forbiddenTo(room)}/concept.ts';`,
  })),
];

const virtues = [
  ...layers.flatMap((line, index) =>
    line.flatMap(({ room, only }) =>
      (only ?? layers.slice(index + 1).flatMap((lower) => lower.map((entry) => entry.room)))
        .filter((below) => below !== 'agent')
        .map((below) => ({ from: `src/${room}/down-to-${below}.ts`, to: `src/${below}/concept.ts` })),
    ),
  ),
  { from: 'src/cli/commands/start.ts', to: 'src/agent/concept.ts' },
  { from: 'src/agent/lists.ts', to: 'builtins/index.ts' },
  { from: 'builtins/fs/write.ts', to: 'src/builtin.ts' },
];

describe('the law of imports', () => {
  const directory = tempDir();
  let found: ICruiseResult;

  beforeAll(async () => {
    for (const room of allRooms) write(`src/${room}/concept.ts`, '');
    for (const file of ['builtins/index.ts', 'test/harness/concept.ts', 'dist/src/index.js']) write(file, '');
    write(`src/base/${forbiddenFolders[0] ?? ''}/a.ts`, '');
    write('src/base/hen.ts', `import './egg.ts';`);
    write('package.json', JSON.stringify({ dependencies: { ws: '*' }, devDependencies: { prettier: '*' } }));
    write('node_modules/prettier/package.json', JSON.stringify({ name: 'prettier', main: 'index.js' }));
    write('node_modules/prettier/index.js', '');
    for (const { from, to, text } of [...sins, ...virtues.map((virtue) => ({ ...virtue, text: undefined }))]) {
      write(from, text ?? `import '${specifier(from, to)}';`);
    }
    const { tsConfig: _tsConfig, cache: _cache, ...options } = configuration.options ?? {};
    const ruleSet = { forbidden: configuration.forbidden ?? [] };
    const { output } = await cruise(
      ['src', 'builtins', 'test', 'examples', 'extensions'],
      { ...options, baseDir: directory.path, validate: true, ruleSet },
      { ...options.enhancedResolveOptions },
    );
    if (typeof output === 'string') throw new Error('Cannot read what dependency-cruiser found');
    found = output;
  });

  afterAll(() => directory[Symbol.asyncDispose]());

  test.each(sins)('$rule is reported when $from imports $to', ({ rule, from }) => {
    const reported = found.summary.violations.filter((violation) => violation.from === from);
    expect(reported.map((violation) => violation.rule.name)).toContain(rule);
  });

  test('no import that goes down is reported', () => {
    const virtuous = new Set(virtues.map(({ from }) => from));
    expect(found.summary.violations.filter((violation) => virtuous.has(violation.from))).toEqual([]);
  });

  test('every rule has a case here', () => {
    const rules = (configuration.forbidden ?? []).map(({ name }) => name);
    expect(rules.toSorted()).toEqual([...new Set(sins.map(({ rule }) => rule))].toSorted());
  });

  function write(file: string, text: string): void {
    mkdirSync(path.dirname(directory.at(file)), { recursive: true });
    writeFileSync(directory.at(file), text);
  }
});

/** A room that may not be imported: the highest above, or for the highest one that is not on its list. */
function forbiddenTo(room: string): string {
  return room === 'cli' ? 'server' : 'cli';
}

function specifier(from: string, to: string): string {
  if (!to.includes('/') || to.startsWith('.')) return to;
  const relative = path.relative(path.dirname(from), to);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

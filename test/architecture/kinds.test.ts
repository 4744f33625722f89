import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const home = path.join(root, 'src/kinds');

const kinds = existsSync(home)
  ? readdirSync(home, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : [];

/** Kinds whose arguments are read elsewhere: each built-in brings a schema of its own. */
const withoutArguments = ['builtin'];

/** What the folder of a kind of process holds, whatever else it holds, and the suite its process has to pass. */
const expected = (kind: string): string[] => [
  `src/kinds/${kind}/${kind}-process.ts`,
  ...(withoutArguments.includes(kind) ? [] : [`src/kinds/${kind}/${kind}-arguments.ts`]),
  `test/kinds/${kind}/${kind}-process.contract.test.ts`,
];

describe('the kinds of process', () => {
  test('all have the same files and pass the contract', () => {
    const missing = kinds.flatMap(expected).filter((file) => !existsSync(path.join(root, file)));
    expect(missing).toEqual([]);
  });
});

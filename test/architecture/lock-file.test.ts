import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const root = path.join(import.meta.dirname, '../..');
const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const installed = Object.entries(packages).filter(([place]) => place !== '');

describe('package-lock.json', () => {
  test('knows every package, those for other platforms too, or `npm ci` refuses it', () => {
    const known = new Set(installed.map(([place]) => place.split('node_modules/').at(-1)));
    const missing = Object.values(packages)
      .flatMap((locked) => Object.keys({ ...locked.dependencies, ...locked.optionalDependencies }))
      .filter((name) => !known.has(name));
    expect(missing).toEqual([]);
  });

  test('pins each package by its content and names no registry', () => {
    const loose = installed.filter(([, locked]) => locked.integrity === undefined || locked.resolved !== undefined);
    expect(loose.map(([place]) => place)).toEqual([]);
  });
});

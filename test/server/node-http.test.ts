import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { expect, test } from 'vitest';

test('a server is loaded without what Node’s own fetch is made of', () => {
  const listener = path.join(import.meta.dirname, '../../src/server/listener.ts');
  const script = `await import(${JSON.stringify(listener)}); console.log(JSON.stringify(process.moduleLoadList));`;
  const flags = ['--conditions=corex-source', '--disable-warning=ExperimentalWarning', '--input-type=module'];
  const loaded = JSON.parse(
    execFileSync(process.execPath, [...flags, '--eval', script], { encoding: 'utf8' }),
  ) as string[];
  expect(loaded).toContain('NativeModule http');
  expect(loaded.filter((name) => name.includes('undici'))).toEqual([]);
});

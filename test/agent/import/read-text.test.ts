import { truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { readText } from '../../../src/agent/import/read-text.ts';
import { tempDir } from '../../harness/temp-dir.ts';

describe('the text of a configuration', () => {
  test('is read, and what never ends, is none or too large is refused', async () => {
    await using directory = tempDir();
    const file = directory.at('app.json');
    writeFileSync(file, '{}');
    expect(readText(file)).toBe('{}');
    expect(() => readText('/dev/zero')).toThrow('Cannot read "/dev/zero": it is not a file');
    expect(() => readText(directory.path)).toThrow('it is not a file');
    expect(() => readText(directory.at('missing'))).toThrow('ENOENT');
    truncateSync(file, 16 * 1024 * 1024 + 1);
    expect(() => readText(file)).toThrow('16777216 are read at most');
  });
});

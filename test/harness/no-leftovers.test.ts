import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from 'vitest';

import { tempDir } from './temp-dir.ts';
import { readFile } from 'node:fs/promises';

interface Report {
  testResults: { message: string; assertionResults: { title: string; status: string; failureMessages: string[] }[] }[];
}

describe('a suite whose tests leave things behind', () => {
  let ofFile: string;
  let ofTests: Map<string, string>;

  beforeAll(async () => {
    await using directory = tempDir();
    const report = directory.at('report.json');
    await promisify(execFile)(process.execPath, [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config=test/fixtures/leftovers/vitest.config.ts',
      '--root=.',
      '--reporter=json',
      `--outputFile=${report}`,
    ]).catch(() => undefined);
    const [file] = (JSON.parse(await readFile(report, 'utf8')) as Report).testResults;
    ofFile = file?.message ?? '';
    ofTests = new Map(file?.assertionResults.map((result) => [result.title, result.failureMessages.join('\n')]));
  });

  test.each([
    ['a child', /This test left behind:\n {2}process \d+ \(S\) sleep 99$/m],
    ['a server', /This test left behind:\n {2}server listening on .*"port":\d+/m],
    ['a thread', /This test left behind:\n {2}worker thread \d+/m],
  ])('hears of %s from the test that left it', (what, message) => {
    expect(ofTests.get(`leaves ${what}`)).toMatch(message);
  });

  test('hears of the rest from the file', () => {
    expect(ofFile).toContain('This test file left behind:');
    expect(ofFile).toContain('sleep 98');
    expect(ofFile).toContain('file forgotten');
  });

  test('hears nothing of a test that cleans up', () => {
    expect(ofTests.get('cleans up')).toBe('');
  });
});

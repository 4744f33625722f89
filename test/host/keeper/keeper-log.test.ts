import { mkdirSync, readFileSync, statSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { KeeperLog } from '../../../src/host/keeper/keeper-log.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { tempDir } from '../../harness/temp-dir.ts';

describe('KeeperLog', () => {
  test('is one line for each thing, with time and pid, for its owner alone', async () => {
    await using directory = tempDir();
    const file = directory.at('keeper.log');
    const log = new KeeperLog(file, new FakeClock(0));
    log.add('one');
    log.add('two\nlines');
    await log.flush();
    log.add('three');
    await log.flush();
    const start = `1970-01-01T00:00:00.000Z ${process.pid}`;
    expect(readFileSync(file, 'utf8')).toBe(`${start} one\n${start} two | lines\n${start} three\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('stays small and keeps the newest, also when it goes on where another ended', async () => {
    await using directory = tempDir();
    const file = directory.at('keeper.log');
    for (let keeper = 0; keeper < 3; keeper += 1) {
      const log = new KeeperLog(file, new FakeClock(0), 4_000);
      for (let line = 0; line < 200; line += 1) {
        log.add(`keeper ${keeper} line ${line}`);
        if (line % 10 === 0) await log.flush();
      }
      await log.flush();
      expect(statSync(file).size).toBeLessThanOrEqual(4_000);
    }
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.at(-1)).toContain('keeper 2 line 199');
    expect(lines[0]).toMatch(/^1970.*keeper 2 line \d+$/);
  });

  test('that can not be written loses lines, counts them, and goes on when it can', async () => {
    await using directory = tempDir();
    const log = new KeeperLog(directory.at('folder', 'keeper.log'), new FakeClock(0));
    for (let line = 0; line < 1_000; line += 1) log.add('lost');
    await log.flush();
    mkdirSync(directory.at('folder'));
    log.add('kept');
    await log.flush();
    expect(readFileSync(directory.at('folder', 'keeper.log'), 'utf8')).toMatch(/ kept\n.* 1000 lines are missing\n$/);
  });
});

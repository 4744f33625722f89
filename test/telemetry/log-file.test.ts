import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LogFile } from '../../src/telemetry/log-file.ts';
import { tempDir } from '../harness/temp-dir.ts';

function append(file: LogFile, text: string): void {
  file.wrote(writeSync(file.fd, text));
}

describe('LogFile', () => {
  test('appends to what is there, readable by its owner alone', async () => {
    await using directory = tempDir();
    const file = new LogFile(directory.at('log'), 100, 1);
    append(file, 'a');
    file.close();
    append(file, 'b');
    file.close();
    expect(readFileSync(directory.at('log'), 'utf8')).toBe('ab');
    expect(statSync(directory.at('log')).mode & 0o777).toBe(0o600);
  });

  test('is exchanged when it is full; the newest of the old ones stay', async () => {
    await using directory = tempDir();
    const file = new LogFile(directory.at('log'), 4, 2);
    for (const text of ['1111', '2222', '3333', '44']) append(file, text);
    file.close();
    const contents = ['log', 'log.1', 'log.2'].map((name) => readFileSync(directory.at(name), 'utf8'));
    expect(contents).toEqual(['44', '3333', '2222']);
    expect(existsSync(directory.at('log.3'))).toBe(false);
  });

  test('counts what was there before it was opened', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('log'), '123');
    const file = new LogFile(directory.at('log'), 4, 1);
    append(file, '4');
    append(file, '5');
    file.close();
    expect(readFileSync(directory.at('log'), 'utf8')).toBe('5');
  });

  test('keeps no old one when none is wanted', async () => {
    await using directory = tempDir();
    const file = new LogFile(directory.at('log'), 2, 0);
    append(file, '12');
    append(file, '3');
    file.close();
    expect(readFileSync(directory.at('log'), 'utf8')).toBe('3');
    expect(existsSync(directory.at('log.1'))).toBe(false);
  });

  test('goes on growing when it can not be exchanged', async () => {
    await using directory = tempDir();
    // A directory in the way of the old file.
    mkdirSync(directory.at('log.1', 'x'), { recursive: true });
    const file = new LogFile(directory.at('log'), 2, 1);
    for (const text of ['12', '34', '5']) append(file, text);
    file.close();
    expect(readFileSync(directory.at('log'), 'utf8')).toBe('12345');
  });

  test('follows its path once it was closed', async () => {
    await using directory = tempDir();
    const file = new LogFile(directory.at('log'), 100, 1);
    append(file, 'a');
    renameSync(directory.at('log'), directory.at('moved'));
    append(file, 'b');
    file.close();
    append(file, 'c');
    file.close();
    expect(readFileSync(directory.at('moved'), 'utf8')).toBe('ab');
    expect(readFileSync(directory.at('log'), 'utf8')).toBe('c');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogSink } from '../../src/telemetry/log-sink.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

const PROGRAM = path.join(import.meta.dirname, '../fixtures/programs/log-to-stderr.ts');

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('LogSink to a file', () => {
  test('writes every line, in order', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    const sink = new LogSink({ file: { path, maxBytes: 1e9, keep: 1 } });
    const lines = Array.from({ length: 1000 }, (_, at) => `line ${at}`);
    for (const line of lines) sink.write(`${line}\n`);
    await sink.close();
    expect(linesOf(path)).toEqual(lines);
    expect(sink.dropped).toBe(0);
  });

  test('drops beyond its bound while it can not write, and says so when it can', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    mkdirSync(path);
    const sink = new LogSink({ file: { path, maxBytes: 1e9, keep: 1 }, backlogBytes: 20 });
    for (let at = 0; at < 10; at += 1) sink.write('123456789\n');
    expect(sink.dropped).toBe(8);
    rmdirSync(path);
    await until('the file is there', () => exists(path));
    await sink.flush(10_000);
    expect(sink.dropped).toBe(8);
    sink.write('last\n');
    await sink.close();
    const lines = linesOf(path);
    expect(lines.slice(0, 2)).toEqual(['123456789', '123456789']);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ level: 'warn', dropped: 8 });
    expect(lines[3]).toBe('last');
  });

  test('goes on in the file that has the path after `reopen()`', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    const sink = new LogSink({ file: { path, maxBytes: 1e9, keep: 1 } });
    sink.write('a\n');
    await sink.flush(1000);
    renameSync(path, directory.at('moved'));
    sink.write('b\n');
    await sink.flush(1000);
    sink.reopen();
    sink.write('c\n');
    await sink.close();
    expect(linesOf(directory.at('moved'))).toEqual(['a', 'b']);
    expect(linesOf(path)).toEqual(['c']);
  });

  test('closes within its patience when nothing can be written', async () => {
    await using directory = tempDir();
    const sink = new LogSink({ file: { path: directory.path, maxBytes: 1, keep: 1 } });
    sink.write('x\n');
    await within(10_000, 'the end', sink.close(50));
    sink.write('later\n');
    expect(sink.dropped).toBe(1);
  });

  test('`flushNow()` writes what waits before it returns', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    const sink = new LogSink({ file: { path, maxBytes: 1e9, keep: 1 } });
    sink.write('a\n');
    sink.write('b\n');
    sink.flushNow();
    expect(linesOf(path)).toContain('b');
    await sink.close();
    expect(linesOf(path).sort()).toEqual(['a', 'b']);
  });

  test('outlives a full disk', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    symlinkSync('/dev/full', path);
    const sink = new LogSink({ file: { path, maxBytes: 1e9, keep: 1 }, backlogBytes: 100_000 });
    for (let at = 0; at < 200; at += 1) sink.write(`${'x'.repeat(999)}\n`);
    await within(10_000, 'a flush that can not be', sink.flush(300));
    expect(sink.dropped).toBe(100);
    rmSync(path);
    await sink.flush(3000);
    sink.write('still here\n');
    await sink.close();
    const lines = linesOf(path);
    expect(lines.filter((line) => line === 'x'.repeat(999))).toHaveLength(100);
    expect(lines.at(-1)).toBe('still here');
  });
});

describe('LogSink to standard error', () => {
  test('neither waits nor ends when its reader is gone, and its process exits with 0', async () => {
    const child = spawn(process.execPath, [PROGRAM, '2000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.destroy();
    const [code] = (await within(10_000, 'the exit', once(child, 'exit'))) as [number];
    expect(code).toBe(0);
  });

  test('neither waits nor grows when its reader stands still', async () => {
    const child = spawn(process.execPath, [PROGRAM, '200000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.pause();
    const said: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
    const [code] = (await within(20_000, 'the exit', once(child, 'exit'))) as [number];
    expect(code).toBe(0);
    const { dropped, grown } = JSON.parse(Buffer.concat(said).toString()) as { dropped: number; grown: number };
    expect(dropped).toBeGreaterThan(100_000);
    expect(grown).toBeLessThan(80 * 1024 * 1024);
    child.stderr.destroy();
  });

  test('loses nothing that a reader takes', async () => {
    const child = spawn(process.execPath, [PROGRAM, '500'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said: Buffer[] = [];
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
    await within(10_000, 'the exit', once(child, 'close'));
    const lines = Buffer.concat(said).toString().split('\n').slice(0, -1);
    expect(lines).toHaveLength(500);
    expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual(lines.map((_, at) => at));
  });
});

function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

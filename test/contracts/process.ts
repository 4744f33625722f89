import { describe, expect, onTestFinished, test } from 'vitest';
import { isSignalable } from '../../src/engine/process.ts';
import type { Process, ProcessFactory, RunEnd, RunPlan } from '../../src/engine/process.ts';
import { MessageParser } from '../../src/engine/streams/message-parser.ts';
import type { ParsedMessage } from '../../src/engine/streams/message-parser.ts';
import { parseCommand } from '../../src/protocol/command.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

/** One kind of process, with commands of it that do what the suite needs. */
export interface KindUnderTest extends AsyncDisposable {
  readonly factory: ProcessFactory;
  readonly commands: {
    /** Says "out" on level 1, "err" on level 2, "public" on level 3, then ends well. */
    readonly speaks: WireCommand;
    /** Ends badly at once. */
    readonly fails: WireCommand;
    /** Runs until it is stopped, and ends when asked. */
    readonly waits: WireCommand;
    /** Runs and ignores being asked to stop. */
    readonly ignores: WireCommand;
    /** Says this many bytes, then ends well. */
    readonly floods: { readonly command: WireCommand; readonly bytes: number };
    /** Arguments that don't fit. */
    readonly wrong: WireCommand;
  };
}

interface Observed {
  readonly process: Process;
  readonly startedAt: number;
  readonly ended: Promise<RunEnd>;
  readonly grew: number[];
}

let runs = 0;

/** What the engine relies on, of every kind of process. */
export function describeProcessKind(name: string, make: () => Promise<KindUnderTest>): void {
  describe(`${name} is a kind of process`, () => {
    const setUp = async (): Promise<KindUnderTest> => {
      const kind = await make();
      onTestFinished(async () => {
        await kind[Symbol.asyncDispose]();
      });
      return kind;
    };

    test('a run that ends well says everything before its end', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.speaks);
      const end = await within(10_000, 'the end', ended);
      expect(['exit', 'returned']).toContain(end.ending.type);
      expect(end.stop).toBeUndefined();
      const said = (await messagesOf(process, end)).map(({ level, text }) => `${level} ${text}`);
      expect(said.slice(0, 3).sort()).toEqual(['1 out', '2 err', '3 public']);
      process.forget();
    });

    test('a run that ends badly tells how, not that it was stopped', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.fails);
      const end = await within(10_000, 'the end', ended);
      expect(end.ending.type === 'exit' || end.ending.type === 'threw').toBe(true);
      if (end.ending.type === 'exit') expect(end.ending.exit).not.toEqual({ code: 0 });
      expect(end.stop).toBeUndefined();
      process.forget();
    });

    test('the end comes once, with times and the output’s end', async () => {
      const { factory, commands } = await setUp();
      const { process, ended, grew, startedAt } = await start(factory, commands.speaks, 100);
      const end = await within(10_000, 'the end', ended);
      expect(end.startedAt).toBe(startedAt);
      expect(end.durationMs).toBeGreaterThanOrEqual(0);
      expect(end.outputEnd).toBeGreaterThan(100);
      expect(grew.at(-1)).toBe(end.outputEnd);
      expect(grew).toEqual([...grew].sort((a, b) => a - b));
      process.forget();
    });

    test('a stop ends a run that listens, with the first reason given', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.waits);
      await process.stop('timeout', 5000);
      await process.stop('killed', 5000);
      expect(await within(10_000, 'the end', ended)).toMatchObject({ stop: 'timeout' });
      process.forget();
    });

    test('a stop ends, or leaves behind and says so, a run that does not listen', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.ignores);
      await until('it says that it ignores', async () => (await process.read(0, 1024)).next > 0);
      await process.stop('killed', 50);
      const end = await within(10_000, 'the end', ended);
      expect(end.stop).toBe('killed');
      if (end.ending.type === 'abandoned') expect(end.cleanup).toBe('abandoned');
      else expect(end.ending).toMatchObject({ type: 'exit', exit: { signal: 'SIGKILL' } });
      process.forget();
    });

    test('the shortest grace counts: being asked again gives a run no more time', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.ignores);
      await until('it says that it ignores', async () => (await process.read(0, 1024)).next > 0);
      await process.stop('killed', 60_000);
      await process.stop('killed', 50);
      await process.stop('killed', 60_000);
      expect(await within(10_000, 'the end', ended)).toMatchObject({ stop: 'killed' });
      process.forget();
    });

    test('stopping a run that has ended does nothing', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.speaks);
      const end = await within(10_000, 'the end', ended);
      await process.stop('killed', 0);
      expect(end.stop).toBeUndefined();
      process.forget();
    });

    test('much output is whole and can be read from any position after the end', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.floods.command);
      const end = await within(30_000, 'the end', ended);
      expect(end.outputEnd).toBeGreaterThanOrEqual(commands.floods.bytes);
      const all = await bytesOf(process, 0, end.outputEnd);
      expect(all.length).toBe(end.outputEnd);
      const middle = Math.floor(end.outputEnd / 2);
      expect((await bytesOf(process, middle, end.outputEnd)).equals(all.subarray(middle))).toBe(true);
      process.forget();
    });

    test('wrong arguments are refused before anything runs', async () => {
      const { factory, commands } = await setUp();
      expect(() => factory.prepare(parseCommand(commands.wrong))).toThrow(
        expect.objectContaining({ code: 'bad-arguments', number: 400 }) as Error,
      );
    });

    test('powers are there or not: none of them throws for not being supported', async () => {
      const { factory, commands } = await setUp();
      const { process, ended } = await start(factory, commands.waits);
      if (isSignalable(process)) expect(await process.signal('SIGCONT')).toBe(true);
      await process.stop('killed', 1000);
      await within(10_000, 'the end', ended);
      if (isSignalable(process)) expect(await process.signal('SIGTERM')).toBe(false);
      process.forget();
    });
  });
}

async function start(factory: ProcessFactory, wire: WireCommand, outputStart = 0): Promise<Observed> {
  runs += 1;
  const command = parseCommand(wire);
  const plan: RunPlan = {
    key: `uid${runs}.1`,
    uid: `uid${runs}`,
    jobId: `job${runs}`,
    run: 1,
    command,
    outputStart,
    killGraceMs: 10_000,
  };
  const { promise, resolve } = Promise.withResolvers<RunEnd>();
  const grew: number[] = [];
  let ends = 0;
  const begun = await factory.prepare(command).start(plan, {
    grew: (end) => grew.push(end),
    exited: (end) => {
      ends += 1;
      if (ends > 1) throw new Error('A run ended twice');
      resolve(end);
    },
  });
  if (begun.type === 'failed') throw new Error(begun.error.message);
  return { process: begun.process, startedAt: begun.startedAt, ended: promise, grew };
}

async function messagesOf(process: Process, end: RunEnd): Promise<ParsedMessage[]> {
  const parser = new MessageParser();
  const messages: ParsedMessage[] = [];
  let from = 0;
  while (from < end.outputEnd) {
    const slice = await process.read(from, 1024 * 1024);
    for (const item of slice.items) parser.push(item, messages);
    from = slice.next;
  }
  parser.end(messages);
  return messages;
}

async function bytesOf(process: Process, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let from = start;
  while (from < end) {
    const slice = await process.read(from, 64 * 1024);
    for (const item of slice.items) if (item.type === 'bytes') chunks.push(item.bytes);
    if (slice.next === from) throw new Error(`Nothing to read at ${from}`);
    from = slice.next;
  }
  return Buffer.concat(chunks);
}

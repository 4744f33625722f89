import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { systemClock } from '../../../src/base/clock.ts';
import type { BuiltinServices } from '../../../src/engine/calls.ts';
import type { ProcessFactory } from '../../../src/engine/process.ts';
import { MemoryBudget } from '../../../src/host/output/memory-budget.ts';
import { builtinKind } from '../../../src/kinds/builtin/builtin-process.ts';
import { FunctionPlace } from '../../../src/kinds/builtin/function-place.ts';
import { describeProcessKind } from '../../contracts/process.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const FLOOD_LINES = 2000;

/** One built-in that does whatever its arguments say. */
const acts = defineBuiltin({
  name: 'test.acts',
  summary: 'Does what it is told.',
  durable: true,
  arguments: z.strictObject({ act: z.enum(['speak', 'fail', 'wait', 'ignore', 'flood']) }),
  run: async ({ act }, { log, message, signal }) => {
    switch (act) {
      case 'speak':
        log('out');
        message(2, 'err');
        message(3, 'public');
        return 'done';
      case 'fail':
        throw new Error('as told');
      case 'wait':
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        return 'stopped';
      case 'ignore':
        log('ready');
        return new Promise(() => undefined);
      case 'flood':
        for (let line = 0; line < FLOOD_LINES; line += 1) {
          log('x'.repeat(999));
          // A function can't be paused: what it says without letting the disk catch up is dropped, with a gap.
          if (line % 100 === 0) await sleep(5);
        }
        return 'done';
    }
  },
});

describeProcessKind('a durable built-in', () => {
  const directory = tempDir();
  const factory: ProcessFactory = builtinKind(acts, {
    place: new FunctionPlace(),
    clock: systemClock,
    budget: new MemoryBudget(32 * 1024 * 1024),
    outputDirectory: (uid) => directory.at('output', uid),
    outputBytes: 64 * 1024 * 1024,
    services: () => ({}) as BuiltinServices,
  });
  const command = (act: string): { command: string; arguments: { act: string } } => ({
    command: 'test.acts',
    arguments: { act },
  });
  return Promise.resolve({
    factory,
    commands: {
      speaks: command('speak'),
      fails: command('fail'),
      waits: command('wait'),
      ignores: command('ignore'),
      floods: { command: command('flood'), bytes: FLOOD_LINES * 1000 },
      wrong: { command: 'test.acts', arguments: { act: 'dance' } },
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  });
});

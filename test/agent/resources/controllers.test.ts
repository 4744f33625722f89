import { describe, expect, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import { Controllers, type ControllersOptions } from '../../../src/agent/resources/controllers.ts';
import type { QueueController } from '../../../src/state/controllers/controller.ts';
import { MemoryBackend } from '../../../src/state/memory-backend.ts';
import { newResource } from '../../../src/state/resource.ts';
import { State } from '../../../src/state/state.ts';
import { type Logger, silentLogger } from '../../../src/telemetry/logger.ts';
import { until } from '../../harness/until.ts';

const KIND = { namespace: 'n', type: 'Wishes' };

function make(parts: Partial<ControllersOptions> = {}): { readonly state: State; readonly controllers: Controllers } {
  const backend = new MemoryBackend();
  const state = new State(backend);
  const options = { state, log: backend.log, logger: silentLogger, clock: systemClock, random: () => 0.5, ...parts };
  return { state, controllers: new Controllers(options) };
}

function collector(name: string, seen: string[]): QueueController {
  return {
    name,
    inputs: [{ ...KIND, kind: 'primary' }],
    outputs: [],
    reconcile: ({ id }) => {
      seen.push(id);
      return Promise.resolve();
    },
  };
}

async function wish(state: State, id: string): Promise<void> {
  await state.create(newResource({ ...KIND, id, spec: {} }));
}

describe('the controllers of an agent', () => {
  test('run once they are started, with what was there before, and so does one that is registered later', async () => {
    const { state, controllers } = make();
    const [early, late]: [string[], string[]] = [[], []];
    await wish(state, 'one');
    controllers.registerQueue(collector('Early', early));
    await wish(state, 'two');
    expect(early).toEqual([]);
    controllers.start();
    await until('both were seen', () => early.length >= 2);
    controllers.registerQueue(collector('Late', late));
    await until('both were seen by the other', () => late.length >= 2);
    await wish(state, 'three');
    await until('the new one was seen by both', () => early.includes('three') && late.includes('three'));
    expect(await controllers.stop(5_000)).toBe(true);
    await state.close();
  });

  test('refuse a name that is taken and leave the others as they are', async () => {
    const { state, controllers } = make();
    controllers.registerQueue(collector('One', []));
    expect(() => {
      controllers.registerQueue(collector('One', []));
    }).toThrow('Cannot register the controller "One": there is one');
    expect(Object.keys(controllers.counts())).toEqual(['One']);
    expect(controllers.draw('text')).toContain('One');
    await state.close();
  });

  test('are begun anew when their runtime fails, with all that is registered, and keep counting', async () => {
    // A log that can't be written takes the runtime with it.
    const broken: Logger & { isBroken?: boolean } = {
      ...silentLogger,
      child: () => ({
        ...silentLogger,
        error: () => {
          if (broken.isBroken === true) throw new Error('no log');
        },
      }),
    };
    const { state, controllers } = make({ logger: broken });
    const seen: string[] = [];
    controllers.registerQueue(collector('Collector', seen));
    let failsLeft = 1;
    controllers.register({
      name: 'Faulty',
      inputs: [{ ...KIND, kind: 'weak' }],
      outputs: [],
      run: async ({ events }) => {
        while ((await events[Symbol.asyncIterator]().next()).done !== true) {
          if (failsLeft === 0) continue;
          failsLeft -= 1;
          broken.isBroken = true;
          throw new Error('a fault');
        }
      },
    });
    controllers.start();
    await wish(state, 'one');
    await until('the runtime was replaced', () => controllers.failures === 1);
    broken.isBroken = false;
    await until('it was seen again', () => seen.filter((id) => id === 'one').length >= 2);
    await wish(state, 'two');
    await until('new ones are seen', () => seen.includes('two'));
    expect(controllers.counts()['Faulty']?.crashes).toBe(1);
    expect(controllers.counts()['Collector']?.processed).toBeGreaterThanOrEqual(3);
    expect(await controllers.stop(5_000)).toBe(true);
    await state.close();
  });

  test('do not hold up the end for ever when one of them does not stop', async () => {
    const { state, controllers } = make();
    const never = Promise.withResolvers<undefined>();
    const isRunning = Promise.withResolvers<undefined>();
    controllers.register({
      name: 'Deaf',
      inputs: [],
      outputs: [],
      run: async () => {
        isRunning.resolve(undefined);
        await never.promise;
      },
    });
    controllers.start();
    await isRunning.promise;
    expect(await controllers.stop(10)).toBe(false);
    never.resolve(undefined);
    expect(await controllers.stop(5_000)).toBe(true);
    await state.close();
  });
});

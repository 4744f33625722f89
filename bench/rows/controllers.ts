import { ControllerRuntime, defineResource, EventLog, MemoryBackend, queueTransform, State } from 'corex/state';
import * as z from 'zod';

import type { Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';
import { microseconds } from '../state/timed.ts';

const SOME = 1_000;
const MANY = 100_000;
const TURNS = 5_000;

const Ints = defineResource({ type: 'Ints.bench.corex', namespace: 'bench', schema: z.object({ value: z.number() }) });
const Strs = defineResource({ type: 'Strs.bench.corex', namespace: 'bench', schema: z.object({ text: z.string() }) });

/** What a queue controller costs that makes an output, and puts a finalizer on the input, of each that there is. */
export const controllers: Row = {
  name: 'controllers',
  does: `Starts a queue controller, four at a time, over ${SOME} and over ${MANY} resources, until each has its output and a finalizer; then creates ${TURNS} more, each when the output of the one before was seen.`,
  warmUp: true,
  figures: [
    {
      key: 'some',
      name: 'queue controller: 1,000 inputs → 1,000 outputs',
      unit: 'ms',
      target: { of: 'value', atMost: 80 },
      peers: 'COSI (Go) 79, and dies of it with its defaults',
    },
    { key: 'many', name: 'the same: 100,000 inputs → 100,000 outputs', unit: 'ms' },
    { key: 'latency', name: 'the same: create input → output seen', unit: 'µs', peers: 'COSI (Go) 72' },
  ],
  async open(stage) {
    return { ours: async () => measure(stage), [Symbol.asyncDispose]: async () => {} };
  },
};

async function measure(stage: Stage): Promise<Sample> {
  return {
    some: (await workOff(SOME, 0)).taken,
    many: (await workOff(stage.sized(MANY), 0)).taken,
    latency: (await workOff(0, stage.sized(TURNS))).latency,
  };
}

async function workOff(count: number, turns: number): Promise<{ readonly taken: number; readonly latency: number }> {
  const log = new EventLog();
  const state = new State(new MemoryBackend({ log }));
  const make = async (at: number): Promise<void> => {
    await state.create(Ints.make({ id: `r${at}`, spec: { value: at } }));
  };
  for (let at = 0; at < count; at += 1) await make(at);
  const runtime = new ControllerRuntime(state, { random: Math.random, log, hotLoopWrites: Infinity });
  runtime.registerQueue(
    queueTransform({
      name: 'IntToStr',
      input: Ints,
      output: Strs,
      concurrency: 4,
      transform: ({ spec }) => ({ spec: { text: String(spec.value) } }),
    }),
  );
  let left = count;
  let seen = Promise.withResolvers<undefined>();
  using _listening = log.listen({ namespace: 'bench', type: Strs.type }, () => {
    left -= 1;
    if (left === 0) seen.resolve(undefined);
  });
  const abort = new AbortController();
  const began = performance.now();
  const running = runtime.run(abort.signal);
  if (count > 0) await seen.promise;
  const taken = performance.now() - began;
  const latency =
    turns === 0
      ? Number.NaN
      : await microseconds(turns, async (at) => {
          left = 1;
          seen = Promise.withResolvers();
          await make(at);
          await seen.promise;
        });
  abort.abort();
  await running;
  await state.close();
  return { taken, latency };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { queueTransform } from '../../../src/state/controllers/generic/queue-transform.ts';
import { transform } from '../../../src/state/controllers/generic/transform.ts';
import { ControllerRuntime } from '../../../src/state/controllers/runtime.ts';
import { defineResource, type ResourceDefinition } from '../../../src/state/define-resource.ts';
import { EventLog } from '../../../src/state/event-log.ts';
import { MemoryBackend } from '../../../src/state/memory-backend.ts';
import { State } from '../../../src/state/state.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';

interface Text {
  text: string;
}

/** The kinds along a chain, from its source to its end. */
const Links: readonly ResourceDefinition<Text>[] = Array.from({ length: 5 }, (_, at) =>
  defineResource({
    type: `Links${String(at)}s.test.corex`,
    namespace: 'chain',
    schema: z.object({ text: z.string() }),
  }),
);

const link = fc.record({
  kind: fc.constantFrom('queue', 'transform', 'transform with finalizers'),
  concurrency: fc.integer({ min: 1, max: 3 }),
  /** Texts of this many characters go no further. */
  longest: fc.integer({ min: 3, max: 8 }),
});
type Link = typeof link extends fc.Arbitrary<infer Value> ? Value : never;

const step = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  does: fc.constantFrom('set', 'set', 'set', 'remove'),
  text: fc.string({ maxLength: 4 }),
  /** Turns of the loop others get before the next step. */
  turns: fc.nat(2),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What a link makes of a text; undefined: nothing. */
function made({ longest }: Link, at: number, text: string): string | undefined {
  return text.length >= longest ? undefined : `${text}${String(at)}`;
}

function register(runtime: ControllerRuntime, links: readonly Link[]): void {
  for (const [at, each] of links.entries()) {
    const [input, output] = [Links[at]!, Links[at + 1]!];
    const options = {
      name: `Link${String(at)}`,
      input,
      output,
      transform: ({ spec }: { readonly spec: Text }) => {
        const text = made(each, at, spec.text);
        return text === undefined ? undefined : { spec: { text } };
      },
    };
    if (each.kind === 'queue') runtime.registerQueue(queueTransform({ ...options, concurrency: each.concurrency }));
    else runtime.register(transform({ ...options, inputFinalizers: each.kind !== 'transform' }));
  }
}

interface World {
  readonly isHeardByWatches: boolean;
  /** Events a watch may fall behind: with few, watches end again and again. */
  readonly watchLimit: number;
  readonly cached: readonly boolean[];
}

/** Does all steps; `sources` is what each source is then. */
async function play(state: State, steps: readonly Step[], sources: Map<string, string>): Promise<void> {
  const [Source] = Links;
  const leaving: Promise<void>[] = [];
  for (const { id, does, text, turns } of steps) {
    const pointer = Source!.pointer(id);
    if (does === 'remove') {
      if (!sources.delete(id)) continue;
      await state.teardown(pointer);
      leaving.push(state.teardownAndDestroy(pointer).catch(() => undefined));
    } else {
      // One that goes is waited for; what it was before is nobody's business any more.
      if (!sources.has(id)) await within(15_000, 'the old one goes', Promise.all(leaving.splice(0)));
      await state.modify(Source!.make({ id, spec: { text } }), (draft) => {
        draft.spec.text = text;
      });
      sources.set(id, text);
    }
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
  }
}

/** Answers how many watches ended before their time. */
async function reachesFixedPoint(links: readonly Link[], steps: readonly Step[], world: World): Promise<number> {
  let overruns = 0;
  const log = new EventLog();
  const state = new State(new MemoryBackend({ log, watchLimit: world.watchLimit }));
  const runtime = new ControllerRuntime(state, {
    random: () => 1,
    logger: { ...silentLogger, child: () => silentLogger, warn: () => void (overruns += 1) },
    cached: Links.filter((_, at) => world.cached[at]),
    ...(!world.isHeardByWatches && { log }),
  });
  const abort = new AbortController();
  const sources = new Map<string, string>();
  const half = Math.floor(steps.length / 2);
  await play(state, steps.slice(0, half), sources);
  register(runtime, links);
  const running = runtime.run(abort.signal);
  try {
    await play(state, steps.slice(half), sources);
    let expected = new Map(sources);
    for (const [at, each] of links.entries()) {
      expected = new Map(
        [...expected].flatMap(([id, text]) => {
          const next = made(each, at, text);
          return next === undefined ? [] : [[id, next] as const];
        }),
      );
      const definition = Links[at + 1]!;
      const shows = async (): Promise<boolean> => {
        const found = await state.list({ namespace: 'chain', type: definition.type });
        const texts = new Map(found.map((each) => [each.metadata.id, definition.read(each).spec.text]));
        return texts.size === expected.size && [...expected].every(([id, text]) => texts.get(id) === text);
      };
      await until(`link ${String(at)} is what it should be`, shows, { withinMs: 15_000 });
    }
    expect(Object.values(runtime.counts()).reduce((sum, { crashes }) => sum + crashes, 0)).toBe(0);
  } finally {
    abort.abort();
    await within(10_000, 'the end of the runtime', running);
    await state.close();
  }
  return overruns;
}

describe('chains of any controllers come to the one end there is', () => {
  const links = fc.array(link, { minLength: 1, maxLength: 4 });
  const cached = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });

  test('heard by the log', async () => {
    const property = fc.asyncProperty(links, fc.array(step, { maxLength: 40 }), cached, (chain, steps, some) =>
      reachesFixedPoint(chain, steps, { isHeardByWatches: false, watchLimit: 1_000, cached: some }).then(
        () => undefined,
      ),
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('heard by watches', async () => {
    const property = fc.asyncProperty(links, fc.array(step, { maxLength: 40 }), cached, (chain, steps, some) =>
      reachesFixedPoint(chain, steps, { isHeardByWatches: true, watchLimit: 1_000, cached: some }).then(
        () => undefined,
      ),
    );
    await fc.assert(property, { numRuns: 25 });
  });

  test('heard by watches that fall behind again and again', async () => {
    let overruns = 0;
    const steps = fc.array(step, { minLength: 20, maxLength: 40 });
    const property = fc.asyncProperty(links, steps, cached, async (chain, all, some) => {
      overruns += await reachesFixedPoint(chain, all, { isHeardByWatches: true, watchLimit: 3, cached: some });
    });
    await fc.assert(property, { numRuns: 3 });
    expect(overruns).toBeGreaterThan(0);
  });
});

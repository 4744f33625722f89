import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StartupEntry } from '../../src/startup/startup-entry.ts';
import { entry, StartupStage } from './startup-stage.ts';

const SIZE = 7;

/** Entries that come after some of those before them, in any order of writing. */
const entriesOf = fc
  .tuple(
    fc.array(fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: 3 }), { minLength: SIZE, maxLength: SIZE }),
    fc.shuffledSubarray(
      Array.from({ length: SIZE }, (_, at) => at),
      { minLength: SIZE },
    ),
  )
  .map(([afters, written]) =>
    written.map((at): StartupEntry => {
      const after = (afters[at] ?? []).filter((before) => before < at).map((before) => `e${before}`);
      return entry(`e${at}`, { after, running: { type: 'ended' } });
    }),
  );

/** What happens next: a run ends, well or badly; the agent is killed and another begins; a caller starts what has failed. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('exit' as const),
        which: fc.nat(20),
        code: fc.constantFrom(0 as const, 0 as const, 1 as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('start' as const), which: fc.nat(20) }) },
  ),
  { maxLength: 25 },
);

test('whatever ends how and whenever the agent is killed, nothing starts before what it needs, and nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(entriesOf, steps, async (entries, script) => {
      const stage = new StartupStage();
      const done = new Set<string>();
      let seen = 0;
      /** Ids of what runs. Each new run must have had a reason. */
      const look = (): string[] => {
        const ids = new Map([...stage.stage.disk.rows].map(([uid, { job }]) => [uid, job.id]));
        const idOf = (key: string): string => ids.get(key.slice(0, key.lastIndexOf('.'))) ?? '';
        for (const key of stage.stage.keeper.spawned.slice(seen)) {
          const id = idOf(key);
          expect(done.has(id)).toBe(false);
          for (const before of entries.find((each) => each.id === id)?.after ?? []) expect(done.has(before)).toBe(true);
        }
        seen = stage.stage.keeper.spawned.length;
        const running = stage.stage.keeper.running.map(({ key }) => idOf(key));
        expect(new Set(running).size).toBe(running.length);
        return running;
      };
      const exit = async (id: string, code: 0 | 1): Promise<void> => {
        if (code === 0) done.add(id);
        await stage.exit(id, { code });
        look();
      };
      await stage.begin(entries);
      for (const step of script) {
        const running = look();
        if (step.type === 'crash') {
          stage.crash();
          await stage.begin(entries);
        } else if (step.type === 'start') {
          const id = entries[step.which % entries.length]?.id ?? '';
          if (stage.status(id).state === 'failed') await stage.startup.start(id);
          await stage.turns();
        } else if (running.length > 0) {
          await exit(running[step.which % running.length] ?? '', step.code);
        }
      }
      // The next agent tries again what has failed; from here on all ends well.
      stage.crash();
      await stage.begin(entries);
      for (let running = look(); running.length > 0; running = look()) await exit(running[0] ?? '', 0);
      expect(Object.values(stage.states()).every((state) => state === 'done')).toBe(true);
      expect(done.size).toBe(SIZE);
    }),
    { numRuns: 60 },
  );
}, 60_000);

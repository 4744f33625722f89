import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import type { Figure, Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';

const SCRIPT = path.join(import.meta.dirname, '../state/measure-size.ts');
const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;

interface Size {
  readonly bytes: number;
  readonly get: number;
  readonly change: number;
  readonly list: number;
}

/** What the state holds and costs from a thousand resources to a million; each size in a process of its own. */
export const stateSize: Row = {
  name: 'state-size',
  does: 'Fills a state in memory with resources that have a label and a small spec, and then reads and changes them here and there, and lists all after a change.',
  rounds: 3,
  warmUp: false,
  figures: SIZES.flatMap((size): Figure[] => [
    { key: `bytes-${size}`, name: `${size.toLocaleString('en')} resources: memory of each`, unit: 'bytes' },
    { key: `get-${size}`, name: 'the same: get', unit: 'µs' },
    { key: `change-${size}`, name: 'the same: update of a label by a function', unit: 'µs' },
    { key: `list-${size}`, name: 'the same: list of all after a change', unit: 'ms' },
  ]),
  note: 'Memory with the thousand newest events that are kept of each kind.',
  async open(stage) {
    return {
      ours: async () => {
        const sample: Record<string, number> = {};
        for (const size of stage.quick ? SIZES.slice(0, 2) : SIZES) {
          const { bytes, get, change, list } = await measure(stage, size);
          Object.assign(sample, {
            [`bytes-${size}`]: bytes,
            [`get-${size}`]: get,
            [`change-${size}`]: change,
            [`list-${size}`]: list / 1_000,
          });
        }
        return sample satisfies Sample;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage, size: number): Promise<Size> {
  const child = spawn(process.execPath, ['-C', 'corex-source', '--expose-gc', SCRIPT, String(size)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: stage.root },
    signal: stage.signal,
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`A state of ${size} could not be measured: its process ended with ${String(code)}`);
  return JSON.parse(said) as Size;
}

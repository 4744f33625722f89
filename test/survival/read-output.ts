// What a client gets of a job's output, whatever happens to the agent meanwhile.
import { createHash } from 'node:crypto';
import type { Client } from '../../src/client/client.ts';
import { within } from '../harness/within.ts';

/** The longest it may take. */
const PATIENCE_MS = 60_000;

export interface ReadOutput {
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes that came as a gap. */
  readonly missing: number;
}

/** Reads a job's output from its start to its end. Rejects when a byte came twice or was left out without a word. */
export async function readOutput(client: Client, id: string): Promise<ReadOutput> {
  const hash = createHash('sha256');
  let [bytes, missing, position] = [0, 0, 0];
  const read = async (): Promise<void> => {
    for await (const item of client.job(id).output()) {
      if (item.type !== 'bytes' && item.type !== 'gap') continue;
      const from = item.type === 'bytes' ? item.position : item.from;
      if (from !== position) throw new Error(`Output of ${id} goes on at ${from}, not at ${position}`);
      if (item.type === 'gap') {
        missing += item.to - item.from;
        position = item.to;
        continue;
      }
      hash.update(item.bytes);
      bytes += item.bytes.length;
      position += item.bytes.length;
    }
  };
  await within(PATIENCE_MS, `the output of ${id}`, read());
  return { bytes, sha256: hash.digest('hex'), missing };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

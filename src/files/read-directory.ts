import type { Dir, Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { Held, Turns } from './held.ts';

/** Names that are read in one go. */
const BATCH = 512;

/** The names in a directory, as they come, in batches. The directory stays open until the last was taken or the reader leaves. */
export async function* readDirectory(disk: Turns, directory: Held): AsyncGenerator<Buffer[], void, undefined> {
  // The types know names as text alone; with this encoding they are bytes.
  const options = { encoding: 'buffer', bufferSize: BATCH } as unknown as { bufferSize: number };
  const reader = await disk.do(() => opendir(directory.path, options));
  try {
    for (;;) {
      const batch = await disk.do(() => readBatch(reader));
      if (batch.length > 0) yield batch;
      if (batch.length < BATCH) return;
    }
  } finally {
    await reader.close();
  }
}

async function readBatch(reader: Dir): Promise<Buffer[]> {
  const batch: Buffer[] = [];
  while (batch.length < BATCH) {
    const entry = (await reader.read()) as Dirent<Buffer> | null;
    if (entry === null) break;
    batch.push(entry.name);
  }
  return batch;
}

/** Does what is asked of the process that unpacks. */
import { createReadStream, fsyncSync, openSync, closeSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parseTrustedJson } from '../../../base/json.ts';
import { loadSpecialFiles, type SpecialFiles } from '../../../host/special-files.ts';
import { digestOf, hashLike } from '../digest.ts';
import { decompressed } from './decompress.ts';
import { Extraction } from './extract.ts';
import { UnpackMeter } from './limits.ts';
import { Merge } from './merge.ts';
import { StoredMarks, type UnpackAnswer, type UnpackRequest } from './requests.ts';
import { TarReader } from '../../../files/tar-reader.ts';

/** Bytes that are read at once. */
const CHUNK = 256 * 1024;
/** Bytes between two words of progress. */
const TELL_EVERY = 8 * 1024 * 1024;

type Done = Extract<UnpackAnswer, { type: 'done' }>;

/** Errors: ArchiveError, AgentError, those of the system. */
export async function unpack(request: UnpackRequest, tell: (answer: UnpackAnswer) => void): Promise<Done> {
  const special = await loadSpecialFiles();
  const done = request.type === 'extract' ? await extract(request, tell, special) : merge(request, tell, special);
  if (request.sync) syncTree(request.target, special);
  return done;
}

async function extract(
  { archive, target, limits, digest, diffId, idMap }: Extract<UnpackRequest, { type: 'extract' }>,
  tell: (answer: UnpackAnswer) => void,
  special: SpecialFiles | undefined,
): Promise<Done> {
  const meter = new UnpackMeter(limits, Buffer.from(target));
  using extraction = new Extraction(target, meter, special, idMap);
  const reader = new TarReader(extraction);
  const [packed, plain] = [hashLike(digest), hashLike(diffId)];
  const source = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of createReadStream(archive, { highWaterMark: CHUNK })) {
      packed.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  };
  let told = 0;
  await pipeline(decompressed(source()), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      plain.update(chunk);
      reader.push(chunk);
      if (meter.bytes - told < TELL_EVERY) continue;
      told = meter.bytes;
      tell({ type: 'progress', bytes: meter.bytes, entries: meter.entries });
    }
  });
  reader.end();
  const extracted = extraction.finish();
  return {
    type: 'done',
    digest: digestOf(packed, digest),
    diffId: digestOf(plain, diffId),
    bytes: meter.bytes,
    entries: meter.entries,
    ...extracted,
  };
}

function merge(
  { layers, target, limits }: Extract<UnpackRequest, { type: 'merge' }>,
  tell: (answer: UnpackAnswer) => void,
  special: SpecialFiles | undefined,
): Done {
  const meter = new UnpackMeter(limits, Buffer.from(target));
  using work = new Merge(target, meter, special);
  for (const { root, marks } of layers) {
    work.add({ root, marks: StoredMarks.parse(parseTrustedJson(readFileSync(marks, 'utf8'))).marks });
    tell({ type: 'progress', bytes: meter.bytes, entries: meter.entries });
  }
  work.finish();
  return { type: 'done', bytes: meter.bytes, entries: meter.entries };
}

/** Without the call for a whole file system, the directory itself at least. */
function syncTree(directory: string, special: SpecialFiles | undefined): void {
  const fd = openSync(directory, 'r');
  try {
    if (special === undefined) fsyncSync(fd);
    else special.syncFileSystem(fd);
  } finally {
    closeSync(fd);
  }
}

/** Output on its way from the keeper to the agent: the records of segment files, without copying large pieces. */
import type { Lease } from '../../base/memory-pool.ts';
import type { OutputItem, OutputSlice } from '../../protocol/output.ts';
import {
  decodeItems,
  encodeHead,
  encodeRecordHeader,
  RECORD_HEADER_BYTES,
  type RecordHeader,
} from '../output/record-codec.ts';
import type { ReadAnswer } from './protocol.ts';

/** The items as the bytes of a frame, sharing memory with them. */
export function sliceParts(items: readonly OutputItem[]): Uint8Array[] {
  const [first] = items;
  if (first === undefined) return [];
  const parts: Uint8Array[] = [encodeHead(first.type === 'gap' ? first.from : first.position)];
  for (const item of items) {
    const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
    encodeRecordHeader(header, 0, headerOf(item));
    parts.push(header);
    if (item.type === 'bytes') parts.push(item.bytes);
  }
  return parts;
}

/** The slice that a frame's text and bytes are. The items share memory with the bytes, which must stay as they are until `lease` is released. */
export function readSlice({ next, ended }: ReadAnswer, bytes: Buffer, lease?: Lease): OutputSlice {
  const items = bytes.length === 0 ? [] : decodeItems(bytes);
  if (lease === undefined) return { items, next, ended };
  const release = (): void => {
    lease.release();
  };
  return { items, next, ended, release };
}

function headerOf(item: OutputItem): RecordHeader {
  if (item.type === 'run') return { type: 'run', run: item.run, epoch: item.epoch };
  if (item.type === 'gap') return { type: 'gap', length: item.to - item.from };
  return { type: 'bytes', stream: item.stream, epoch: item.epoch, length: item.bytes.length };
}

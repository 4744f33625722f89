import type { Connection } from './connection.ts';
import type { ResultFrame } from '../../src/protocol/frames.ts';

/** What came of a job on the connection that asked for it. */
export interface Followed {
  readonly result: ResultFrame;
  readonly bytes: number;
  readonly messages: number;
  /** Characters of all messages, with the line end of each. */
  readonly messageBytes: number;
  /** Bytes told to be missing. */
  readonly missing: number;
  /** From the command until its last byte or message. */
  readonly seconds: number;
  /** From its first byte or message until its last. */
  readonly outputSeconds: number;
}

export interface Following {
  /** Sees every piece of output. */
  readonly onBytes?: (bytes: Buffer) => void;
}

const HEADER_BYTES = 13;

/** Sends a command with `stream` and takes in what comes until its result. */
export async function followJob(
  connection: Connection,
  command: object,
  { onBytes }: Following = {},
): Promise<Followed> {
  const done = Promise.withResolvers<ResultFrame>();
  const seen = { bytes: 0, messages: 0, messageBytes: 0, missing: 0 };
  const began = performance.now();
  let first: number | undefined;
  let last = began;
  const note = (): void => {
    last = performance.now();
    first ??= last;
  };
  connection.onClose = () => done.reject(new Error('The connection was lost'));
  connection.onBytes = (data) => {
    seen.bytes += data.length - HEADER_BYTES;
    note();
    onBytes?.(data.subarray(HEADER_BYTES));
  };
  connection.onFrame = (frame) => {
    if (frame.type === 'messages') {
      seen.messages += frame.messages.length;
      for (const { text } of frame.messages) seen.messageBytes += text.length + 1;
      note();
    } else if (frame.type === 'gap') seen.missing += frame.to - frame.from;
    else if (frame.type === 'result') done.resolve(frame);
  };
  connection.send({ ...command, stream: true });
  const result = await done.promise;
  connection.onFrame = connection.onBytes = () => {};
  return { ...seen, result, seconds: (last - began) / 1000, outputSeconds: (last - (first ?? last)) / 1000 };
}

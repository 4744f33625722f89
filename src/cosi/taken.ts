import type { ServerWritableStream } from '@grpc/grpc-js';

/** Resolves when what was written went out, or nobody waits for it any more. */
export function taken(call: ServerWritableStream<Buffer, Buffer>): Promise<void> {
  if (call.cancelled || call.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      call.off('drain', settle).off('cancelled', settle).off('close', settle);
      resolve();
    };
    call.on('drain', settle).on('cancelled', settle).on('close', settle);
  });
}

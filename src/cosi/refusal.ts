import type * as Grpc from '@grpc/grpc-js';

import { truncateText } from '../base/truncate-text.ts';
import { StateError } from '../state/state-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CODE_KEY, statusOf } from './status.ts';

/** What the library is given for a call that failed. */
export interface Refusal extends Error {
  readonly code: number;
  readonly details: string;
  readonly metadata: Grpc.Metadata;
}

export type Refuse = (error: unknown, method: string) => Refusal;

/** Longer messages are cut: clients take a few KiB of headers. */
const MAX_DETAIL_BYTES = 2_048;

/** Makes refusals of errors. What no caller could have caused is logged, and told without its details. */
export function refuser(grpc: Pick<typeof Grpc, 'Metadata'>, logger: Logger): Refuse {
  return (error, method) => {
    const metadata = new grpc.Metadata();
    let details = 'The server failed; its log says more';
    if (error instanceof StateError) {
      metadata.set(CODE_KEY, error.code);
      details = truncateText(error.message.toWellFormed(), MAX_DETAIL_BYTES);
    } else {
      logger.error({ method, error }, 'A call failed');
    }
    return Object.assign(new Error(details), { code: statusOf(error), details, metadata });
  };
}

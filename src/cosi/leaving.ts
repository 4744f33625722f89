import type { ServerUnaryCall } from '@grpc/grpc-js';

import { StateError } from '../state/state-error.ts';

/** A signal for what waits on behalf of a caller: it fires when the caller has left, or the server closes. Disposed of, it never fires. */
export class Leaving implements Disposable {
  readonly #abort = new AbortController();
  readonly #call: ServerUnaryCall<Buffer, Buffer>;
  readonly #closing: AbortSignal;
  readonly #onCancelled = (): void => {
    this.#abort.abort(new StateError('closed', 'The call was cancelled'));
  };
  readonly #onClosing = (): void => {
    this.#abort.abort(new StateError('unavailable', 'The server closes'));
  };

  constructor(call: ServerUnaryCall<Buffer, Buffer>, closing: AbortSignal) {
    this.#call = call;
    this.#closing = closing;
    call.once('cancelled', this.#onCancelled);
    closing.addEventListener('abort', this.#onClosing, { once: true });
    if (call.cancelled) this.#onCancelled();
    if (closing.aborted) this.#onClosing();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    this.#call.off('cancelled', this.#onCancelled);
    this.#closing.removeEventListener('abort', this.#onClosing);
  }
}

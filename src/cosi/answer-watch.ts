/** The answer to `Watch`. */
import type { ServerWritableStream } from '@grpc/grpc-js';

import type { StateEvent, Watch } from '../state/event.ts';
import type { State } from '../state/state.ts';
import { isStateError, StateError } from '../state/state-error.ts';
import { type ErroredEvent, READY, writeEvents } from './event-message.ts';
import { METHODS } from './methods.ts';
import type { Refuse } from './refusal.ts';
import type { SpecForm } from './spec-message.ts';
import { taken } from './taken.ts';
import type { WatchRequest } from './watch-request.ts';

type Call = ServerWritableStream<Buffer, Buffer>;
type Events = readonly (StateEvent | ErroredEvent)[];

export interface WatchAnswerOptions {
  readonly state: State;
  readonly form: SpecForm;
  readonly signal: AbortSignal;
  readonly refuse: Refuse;
}

/** Says that the watch is registered, then what happens, until the caller leaves, the server closes or the watch ends. Never rejects. */
export async function answerWatch(call: Call, { state, form, signal, refuse }: WatchAnswerOptions): Promise<void> {
  const fail = (error: unknown): void => {
    call.emit('error', refuse(error, METHODS.watch.name));
  };
  let request: WatchRequest;
  let watch: Watch<StateEvent> | Watch<readonly StateEvent[]>;
  try {
    request = METHODS.watch.readRequest(call.request);
    watch = begin(state, request);
  } catch (error) {
    fail(error);
    return;
  }
  const end = (): void => {
    watch.close();
  };
  call.once('cancelled', end).once('close', end);
  signal.addEventListener('abort', end, { once: true });
  try {
    // Whoever gets this may rely on seeing whatever happens from now on.
    call.write(READY);
    for await (const item of watch) {
      const events = toldTo(request, item);
      if (events.length === 0 && !request.aggregated) continue;
      let from = 0;
      do {
        const { bytes, next } = writeEvents(events, from, form);
        // So a caller who doesn't read costs no memory here, but its watch.
        if (!call.write(bytes)) await taken(call);
        if (call.cancelled) return;
        from = next;
      } while (from < events.length);
    }
    if (!call.cancelled) fail(new StateError('unavailable', 'The watch ends: the server closes'));
  } catch (error) {
    // The first events may not be had, as with a bookmark that is none; later there is an event for it.
    if (isStateError(error, 'watch-overrun') && request.apiVersion > 0) {
      call.write(writeEvents([{ type: 'errored', error }], 0, form).bytes);
      call.end();
    } else {
      fail(error);
    }
  } finally {
    signal.removeEventListener('abort', end);
    watch.close();
  }
}

/** Errors: StateError. */
function begin(
  state: State,
  { id, options, aggregated, ...kind }: WatchRequest,
): Watch<StateEvent> | Watch<readonly StateEvent[]> {
  if (id === undefined) {
    const asked = { namespace: kind.namespace, type: kind.type };
    return aggregated ? state.watchKindAggregated(asked, options) : state.watchKind(asked, options);
  }
  const { bootstrap = false, labels = [], tail, from } = options;
  if (bootstrap || labels.length > 0) {
    const what = bootstrap ? 'its contents first' : 'a query of labels';
    throw new StateError('unsupported', `Cannot watch one resource with ${what}: watch its kind, without an id`);
  }
  return state.watch({ namespace: kind.namespace, type: kind.type, id }, { tail, from });
}

/** What this caller is to know of it. An old one doesn't know what is left out here; it is used to messages without any event. */
function toldTo({ apiVersion }: WatchRequest, item: StateEvent | readonly StateEvent[]): Events {
  const events = Array.isArray(item) ? (item as readonly StateEvent[]) : [item as StateEvent];
  return apiVersion > 0 ? events : events.filter(({ type }) => type !== 'bootstrapped');
}

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
      await tell(call, asEvents(item), request, form);
      if (call.cancelled) return;
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

/** Waits until it is taken, so that a caller who doesn't read costs no memory here, but its watch. */
async function tell(call: Call, events: Events, request: WatchRequest, form: SpecForm): Promise<void> {
  // Old clients don't know this one. A message of nothing else goes out empty, as they are used to.
  const known = request.apiVersion > 0 ? events : events.filter(({ type }) => type !== 'bootstrapped');
  if (known.length === 0 && !request.aggregated) return;
  let from = 0;
  do {
    const { bytes, next } = writeEvents(known, from, form);
    if (!call.write(bytes)) await taken(call);
    from = next;
  } while (from < known.length && !call.cancelled);
}

function asEvents(item: StateEvent | readonly StateEvent[]): readonly StateEvent[] {
  return Array.isArray(item) ? (item as readonly StateEvent[]) : [item as StateEvent];
}

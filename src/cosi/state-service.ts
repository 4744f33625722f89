/** What the server does for each call. */
import type * as Grpc from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';

import type { Resource } from '../state/resource.ts';
import type { State } from '../state/state.ts';
import type { Logger } from '../telemetry/logger.ts';
import { answerWatch } from './answer-watch.ts';
import { withKnownSpec } from './known-spec.ts';
import { Leaving } from './leaving.ts';
import { METHODS, type Method, writeReadyAnswer, writeResourceAnswer } from './methods.ts';
import { type Refuse, refuser } from './refusal.ts';
import type { WriteRequest } from './requests.ts';
import type { SpecForm } from './spec-message.ts';
import type { SpecYaml } from './spec-yaml.ts';
import { JSON_SPECS, SPECS_KEY } from './specs-header.ts';
import { taken } from './taken.ts';

export interface ServiceOptions {
  readonly grpc: typeof Grpc;
  /** What clients may see and change. */
  readonly state: State;
  readonly yaml: SpecYaml;
  readonly logger: Logger;
  /** Aborts when the server is about to close: whoever waits for something is told so. */
  readonly signal: AbortSignal;
}

const NOTHING = Buffer.alloc(0);

/** What one call is answered with. `form`: how the caller wants specs. */
interface Asking<Request> {
  readonly request: Request;
  readonly form: SpecForm;
  readonly call: ServerUnaryCall<Buffer, Buffer>;
}

/** The handlers of all calls, by name. They take and give bytes. */
export function stateService(options: ServiceOptions): UntypedServiceImplementation {
  const { state } = options;
  const refuse = refuser(options.grpc, options.logger);
  const unary = <Request>(method: Method<Request>, answer: (asking: Asking<Request>) => Promise<Buffer>): object => ({
    [method.name]: (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
      void answerUnary(call, respond, method, answer, options, refuse);
    },
  });
  // Whoever asks for JSON knows what is data and what is not.
  const meant = ({ resource }: WriteRequest, form: SpecForm): Resource | Promise<Resource> =>
    form === 'json' ? resource : withKnownSpec(state, resource, options.yaml);
  return {
    ...unary(METHODS.get, async ({ request, form }) => writeResourceAnswer(await state.get(request), form)),
    ...unary(METHODS.create, async ({ request, form }) => {
      const { owner } = request;
      return writeResourceAnswer(await state.create(await meant(request, form), { owner }), form);
    }),
    ...unary(METHODS.update, async ({ request, form }) => {
      const { owner, expectedPhase = 'any' } = request;
      return writeResourceAnswer(await state.update(await meant(request, form), { owner, expectedPhase }), form);
    }),
    ...unary(METHODS.destroy, async ({ request: { owner, ...pointer } }) => {
      await state.destroy(pointer, { owner });
      return NOTHING;
    }),
    ...unary(METHODS.teardown, async ({ request: { owner, ...pointer } }) =>
      writeReadyAnswer(await state.teardown(pointer, { owner })),
    ),
    ...unary(METHODS.teardownAndDestroy, async ({ request: { owner, ...pointer }, call }) => {
      using leaving = new Leaving(call, options.signal);
      await state.teardownAndDestroy(pointer, { owner, signal: leaving.signal });
      return NOTHING;
    }),
    [METHODS.list.name]: (call: ServerWritableStream<Buffer, Buffer>) => {
      void answerList(call, options, refuse);
    },
    [METHODS.watch.name]: (call: ServerWritableStream<Buffer, Buffer>) => {
      void answerWatch(call, { ...options, form: formOf(call, options.yaml), refuse });
    },
  };
}

/** Never rejects. */
async function answerUnary<Request>(
  call: ServerUnaryCall<Buffer, Buffer>,
  respond: sendUnaryData<Buffer>,
  method: Method<Request>,
  answer: (asking: Asking<Request>) => Promise<Buffer>,
  { yaml }: ServiceOptions,
  refuse: Refuse,
): Promise<void> {
  try {
    const request = method.readRequest(call.request);
    respond(null, await answer({ request, form: formOf(call, yaml), call }));
  } catch (error) {
    respond(refuse(error, method.name));
  }
}

/** Never rejects. One message for each resource, as fast as they are taken. */
async function answerList(
  call: ServerWritableStream<Buffer, Buffer>,
  { state, yaml }: ServiceOptions,
  refuse: Refuse,
): Promise<void> {
  try {
    const { query, ...kind } = METHODS.list.readRequest(call.request);
    const form = formOf(call, yaml);
    for (const resource of await state.list(kind, query)) {
      if (!call.write(writeResourceAnswer(resource, form))) await taken(call);
      if (call.cancelled || call.destroyed) return;
    }
    call.end();
  } catch (error) {
    call.emit('error', refuse(error, METHODS.list.name));
  }
}

function formOf({ metadata }: Pick<ServerUnaryCall<Buffer, Buffer>, 'metadata'>, yaml: SpecYaml): SpecForm {
  return metadata.get(SPECS_KEY).includes(JSON_SPECS) ? 'json' : yaml.text;
}

import { METHODS } from '../../src/cosi/methods.ts';
import { newResource, type Resource } from '../../src/state/resource.ts';
import { type GrpcProcess, startGrpcServer } from '../bare/grpc-process.ts';
import type { Row, Sample } from '../row.ts';

const KIND = { namespace: 'bench', type: 'os/path' };
const AT_MOST = { of: 'ratio', atMost: 1.2 } as const;
const MICROSECONDS = 1_000;
const WATCH = { ...KIND, options: {}, aggregated: false, apiVersion: 1 };

/** What each call asks; the bare server is sent the same bytes. */
interface Requests {
  readonly get: Buffer;
  create(at: number): Buffer;
  update(version: number): Buffer;
}

/** What ours said to each, last; the bare server says the same bytes. */
interface Answers {
  get: Buffer;
  create: Buffer;
  update: Buffer;
  event: Buffer;
}

/** The state over gRPC: what it costs beyond the library. */
export const cosi: Row = {
  name: 'cosi',
  does: 'Calls of `cosi.resource.State` one after the other over a unix socket, a state in memory behind.',
  bare: 'grpc-js alone: a server that is sent the same bytes and says the same bytes, without looking at them',
  figures: [
    { key: 'get', name: 'get', unit: 'µs', target: AT_MOST },
    { key: 'create', name: 'create', unit: 'µs', target: AT_MOST },
    { key: 'update', name: 'update', unit: 'µs', target: AT_MOST },
    { key: 'watch', name: 'update, until a watch has told it', unit: 'µs', target: AT_MOST },
  ],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const server = owned.use(await startGrpcServer(stage, 'cosi-server'));
    const other = owned.use(await startGrpcServer(stage, 'grpc-bare-server'));
    const count = stage.sized(1_500);
    let created = 0;
    let version = 1;
    await server.call(METHODS.create.path, createRequest('updated'));
    const requests: Requests = {
      get: METHODS.get.writeRequest({ ...KIND, id: 'updated' }),
      create: (at) => createRequest(`id-${at}`),
      update: (at) => METHODS.update.writeRequest({ resource: resource('updated', at), owner: '' }),
    };
    const none = Buffer.alloc(0);
    const answers: Answers = { get: none, create: none, update: none, event: none };
    return {
      ours: async () => {
        const { get, create, update, watch } = METHODS;
        const keep = (name: 'get' | 'create' | 'update', call: () => Promise<Buffer>) => async (): Promise<void> => {
          answers[name] = await call();
        };
        const updateOnce = keep('update', () => server.call(update.path, requests.update(version++)));
        return {
          get: await lockStep(
            count,
            keep('get', () => server.call(get.path, requests.get)),
          ),
          create: await lockStep(
            count,
            keep('create', () => server.call(create.path, requests.create(created++))),
          ),
          update: await lockStep(count, updateOnce),
          watch: await watched(server, watch.path, count, updateOnce, (event) => (answers.event = event)),
        };
      },
      bare: async () => bare(other, count, requests, answers),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

async function bare(server: GrpcProcess, count: number, requests: Requests, answers: Answers): Promise<Sample> {
  // Requests are made anew, as they are for ours: what is compared is the server.
  let at = 0;
  const asking = async (answer: Buffer, request: (at: number) => Buffer): Promise<() => Promise<Buffer>> => {
    await server.call('/bare/KeepAnswer', answer);
    return () => server.call('/bare/Call', request(at++));
  };
  await server.call('/bare/KeepEvent', answers.event);
  return {
    get: await lockStep(count, await asking(answers.get, () => requests.get)),
    create: await lockStep(count, await asking(answers.create, requests.create)),
    update: await lockStep(count, await asking(answers.update, requests.update)),
    watch: await watched(server, '/bare/Watch', count, await asking(answers.update, requests.update)),
  };
}

/** Microseconds for each of `count` calls. */
async function lockStep(count: number, call: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let left = count; left > 0; left -= 1) await call();
  return ((performance.now() - began) * MICROSECONDS) / count;
}

/** The same, each until the stream has told of it. */
async function watched(
  server: GrpcProcess,
  path: string,
  count: number,
  call: () => Promise<unknown>,
  onEvent: (event: Buffer) => void = () => undefined,
): Promise<number> {
  const stream = server.stream(path, METHODS.watch.writeRequest(WATCH));
  stream.on('error', () => undefined);
  let told = Promise.withResolvers<undefined>();
  stream.on('data', (event: Buffer) => {
    onEvent(event);
    told.resolve(undefined);
  });
  await told.promise;
  try {
    return await lockStep(count, async () => {
      told = Promise.withResolvers();
      await Promise.all([call(), told.promise]);
    });
  } finally {
    stream.cancel();
  }
}

function createRequest(id: string): Buffer {
  return METHODS.create.writeRequest({ resource: resource(id, 0), owner: '' });
}

function resource(id: string, version: number): Resource {
  const made = newResource({ ...KIND, id, spec: {}, labels: { app: 'bench' } });
  return { ...made, metadata: { ...made.metadata, version } };
}

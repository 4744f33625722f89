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

/** The state over gRPC: what it costs beyond the library. */
export const cosi: Row = {
  name: 'cosi',
  does: 'Calls of `cosi.resource.State` one after the other over a unix socket, a state in memory behind.',
  bare: 'grpc-js alone: a server that sends the same bytes back, and to an open stream where a watch is measured',
  figures: [
    { key: 'get', name: 'get', unit: 'µs', target: AT_MOST },
    { key: 'create', name: 'create', unit: 'µs', target: AT_MOST },
    { key: 'update', name: 'update', unit: 'µs', target: AT_MOST },
    { key: 'watch', name: 'update, until a watch has told it', unit: 'µs', target: AT_MOST },
  ],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const server = owned.use(await startGrpcServer(stage, 'cosi-server'));
    const echo = owned.use(await startGrpcServer(stage, 'grpc-echo-server'));
    const count = stage.sized(1_500);
    let created = 0;
    let version = 1;
    await server.call(METHODS.create.path, createRequest('updated'));
    const requests: Requests = {
      get: METHODS.get.writeRequest({ ...KIND, id: 'updated' }),
      create: (at) => createRequest(`id-${at}`),
      update: (at) => METHODS.update.writeRequest({ resource: resource('updated', at), owner: '' }),
    };
    return {
      ours: async () => {
        const { get, create, update, watch } = METHODS;
        const updates = (): Buffer => requests.update(version++);
        return {
          get: await lockStep(count, () => server.call(get.path, requests.get)),
          create: await lockStep(count, () => server.call(create.path, requests.create(created++))),
          update: await lockStep(count, () => server.call(update.path, updates())),
          watch: await watched(server, watch.path, count, () => server.call(update.path, updates())),
        };
      },
      bare: async () => bare(echo, count, requests),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

async function bare(echo: GrpcProcess, count: number, requests: Requests): Promise<Sample> {
  const call = (bytes: Buffer): Promise<Buffer> => echo.call('/bare/Echo', bytes);
  // Requests are made anew, as they are for ours: what is compared is the server.
  let at = 0;
  const update = (): Promise<Buffer> => call(requests.update(at++));
  return {
    get: await lockStep(count, () => call(requests.get)),
    create: await lockStep(count, () => call(requests.create(at++))),
    update: await lockStep(count, update),
    watch: await watched(echo, '/bare/Watch', count, update),
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
): Promise<number> {
  const stream = server.stream(path, METHODS.watch.writeRequest(WATCH));
  stream.on('error', () => undefined);
  let told = Promise.withResolvers<undefined>();
  stream.on('data', () => {
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

// A client made of our .proto files by another library: what is tested is what others send and read.
import path from 'node:path';

import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const directory = path.join(import.meta.dirname, '../../proto/cosi');

/** As programs of others have it: what is missing in an answer is missing here. */
const definition = loadSync(['state.proto', 'meta.proto'], {
  includeDirs: [directory],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: false,
});

type Call = (request: object, answer: (error: grpc.ServiceError | null, value: unknown) => void) => void;
type Stream = (request: object) => grpc.ClientReadableStream<Answer>;

/** What answers hold; tests say what they expect of it. */
export type Answer = Record<string, unknown>;

export interface RawEvent {
  readonly event_type?: string;
  readonly resource: { readonly metadata: Answer & { readonly id?: string }; readonly spec: Answer };
  readonly old?: Answer;
  readonly error?: string;
  readonly bookmark?: Buffer;
}

/** How a call ended, if not well. */
export interface Refused {
  readonly status: string;
  readonly details: string;
}

export const { cosi } = grpc.loadPackageDefinition(definition) as unknown as {
  cosi: {
    resource: {
      // eslint-disable-next-line @typescript-eslint/naming-convention -- As it is called on the wire.
      State: {
        new (target: string, credentials: grpc.ChannelCredentials): grpc.Client;
        service: grpc.ServiceDefinition;
      };
    };
  };
};

export class RawClient implements Disposable {
  readonly #client: grpc.Client;

  constructor(url: string, credentials = grpc.credentials.createInsecure()) {
    this.#client = new cosi.resource.State(url.replace(/^tls:\/\//, ''), credentials);
  }

  /** Resolves to the answer, or how it was refused. */
  async call(name: string, request: object): Promise<Answer | Refused> {
    const answer = Promise.withResolvers<Answer | Refused>();
    (this.#client as unknown as Record<string, Call>)[name]?.call(this.#client, request, (error, value) => {
      answer.resolve(error === null ? (value as Answer) : refusedBy(error));
    });
    return await answer.promise;
  }

  /** All answers of a stream that ends by itself, or how it was refused. */
  async collect(name: string, request: object): Promise<readonly Answer[] | Refused> {
    const all = Promise.withResolvers<readonly Answer[] | Refused>();
    const answers: Answer[] = [];
    const stream = this.stream(name, request);
    stream.on('data', (answer: Answer) => answers.push(answer));
    stream.on('error', (error: grpc.ServiceError) => {
      all.resolve(refusedBy(error));
    });
    stream.on('end', () => {
      setImmediate(() => {
        all.resolve(answers);
      });
    });
    return await all.promise;
  }

  stream(name: string, request: object): grpc.ClientReadableStream<Answer> {
    const open = (this.#client as unknown as Record<string, Stream>)[name];
    if (open === undefined) throw new TypeError(`There is no call ${name}`);
    return open.call(this.#client, request);
  }

  /** Sends bytes as they are. */
  async send(name: string, bytes: Buffer): Promise<Buffer | Refused> {
    const answer = Promise.withResolvers<Buffer | Refused>();
    const same = (given: Buffer): Buffer => given;
    const metadata = new grpc.Metadata();
    const path = `/cosi.resource.State/${name}`;
    this.#client.makeUnaryRequest(path, same, same, bytes, metadata, (error, value) => {
      answer.resolve(error === null ? (value ?? Buffer.alloc(0)) : refusedBy(error));
    });
    return await answer.promise;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** The answers of a stream, one after the other. Disposing it cancels the call. */
export class RawStream implements Disposable {
  readonly #stream: grpc.ClientReadableStream<Answer>;
  readonly #items: AsyncIterator<Answer>;

  constructor(stream: grpc.ClientReadableStream<Answer>) {
    this.#stream = stream;
    stream.on('error', () => undefined);
    this.#items = stream[Symbol.asyncIterator]() as AsyncIterator<Answer>;
  }

  /** Undefined behind the last one. Rejects as the stream does. */
  async next(): Promise<readonly RawEvent[] | undefined> {
    const { done = false, value } = await this.#items.next();
    return done ? undefined : ((value as { event?: readonly RawEvent[] }).event ?? []);
  }

  [Symbol.dispose](): void {
    this.#stream.cancel();
  }
}

function refusedBy({ code, details }: grpc.ServiceError): Refused {
  return { status: grpc.status[code] ?? String(code), details };
}

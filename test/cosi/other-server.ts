// A server of another library, made of our .proto files.
import * as grpc from '@grpc/grpc-js';

import { type Answer, cosi, type Refused } from './raw-client.ts';

export interface OtherAnswers {
  /** What a call with one answer is answered with; undefined: it is not known here. */
  readonly call: (name: string, request: object) => Promise<Answer | Refused> | undefined;
  /** The answers to a watch. */
  readonly watch?: (request: object) => grpc.ClientReadableStream<Answer>;
}

/** Listens on a unix socket until it is disposed of. */
export async function otherServer(url: string, { call, watch }: OtherAnswers): Promise<Disposable> {
  const server = new grpc.Server();
  const { service } = cosi.resource.State;
  const unary = (name: string): grpc.handleUnaryCall<object, Answer> => {
    return ({ request }, respond) => {
      void (async () => {
        const answer = (await call(name, request)) ?? { status: 'UNIMPLEMENTED', details: `There is no ${name}` };
        if (!('status' in answer)) respond(null, answer);
        else respond({ code: grpc.status[answer.status as 'OK'], details: String(answer.details) });
      })();
    };
  };
  const names = Object.entries(service).filter(([, { responseStream }]) => !responseStream);
  server.addService(service, {
    ...Object.fromEntries(names.map(([name]) => [name, unary(name)])),
    ...(watch && {
      Watch: (watching: grpc.ServerWritableStream<object, Answer>) => {
        const answers = watch(watching.request);
        answers.on('error', () => undefined).on('data', (answer: Answer) => watching.write(answer));
        watching.on('cancelled', () => {
          answers.cancel();
        });
      },
    }),
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(url, grpc.ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return {
    [Symbol.dispose]: () => {
      server.forceShutdown();
    },
  };
}

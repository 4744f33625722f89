import type { ServiceError } from '@grpc/grpc-js';

import type { Resource } from '../state/resource.ts';
import { StateError } from '../state/state-error.ts';
import type { About, CosiConnection } from './cosi-connection.ts';
import { METHODS, readResourceAnswer } from './methods.ts';
import type { ListRequest } from './requests.ts';

/** All that a server lists, in its order. Errors: StateError. */
export async function collectList(
  connection: CosiConnection,
  request: ListRequest,
  about: About,
): Promise<readonly Resource[]> {
  const all = Promise.withResolvers<readonly Resource[]>();
  const resources: Resource[] = [];
  const call = connection.stream(METHODS.list, request, false);
  call.on('data', (bytes: Buffer) => {
    try {
      resources.push(readResourceAnswer(bytes));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      all.reject(new StateError('damaged', message, about.subject, { cause: error }));
      call.cancel();
    }
  });
  call.on('error', (error: ServiceError) => {
    all.reject(connection.errorOf(error, about));
  });
  // Only the status says that it is complete.
  call.on('status', ({ code }: { readonly code: number }) => {
    if (code === 0) all.resolve(Object.freeze(resources));
  });
  return await all.promise;
}

import type { Connection } from './connection.ts';

/** Asks for many jobs and waits until all of them have been started. */
export async function submitAll(
  connection: Connection,
  count: number,
  make: (n: number) => { readonly id?: string; readonly command: string },
): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  let started = 0;
  connection.onClose = () => done.reject(new Error('The connection was lost'));
  connection.onFrame = (frame) => {
    if (frame.type === 'result') done.reject(new Error(`A job ended: ${JSON.stringify(frame)}`));
    if (frame.type !== 'event' || frame.event !== 'started') return;
    started += 1;
    if (started === count) done.resolve(undefined);
  };
  for (let n = 0; n < count; n += 1) connection.send({ ...make(n), stream: true });
  await done.promise;
  connection.onFrame = () => {};
}

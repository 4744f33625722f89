import type { Connection } from './connection.ts';

export interface Flow {
  readonly inFlight: number;
  /** Commands go out until so many are answered, or until the time is up. */
  readonly until: { readonly count: number } | { readonly seconds: number };
  /** The n-th command. */
  readonly make: (n: number) => object;
}

/** Keeps commands in flight; answers how many got their result each second. A result that is no success rejects. */
export async function flow(connection: Connection, { inFlight, until, make }: Flow): Promise<number> {
  const done = Promise.withResolvers<undefined>();
  const began = performance.now();
  const isEnough = (): boolean =>
    'count' in until ? sent >= until.count : performance.now() - began >= until.seconds * 1000;
  let sent = 0;
  let answered = 0;
  const send = (): void => {
    connection.send({ ...make(sent), ref: sent });
    sent += 1;
  };
  connection.onClose = () => done.reject(new Error('The connection was lost'));
  connection.onFrame = (frame) => {
    if (frame.type !== 'result') return;
    if (frame.state !== 'SUCCESS') done.reject(new Error(`A command failed: ${JSON.stringify(frame)}`));
    answered += 1;
    if (!isEnough()) send();
    else if (answered === sent) done.resolve(undefined);
  };
  while (sent < inFlight && !isEnough()) send();
  try {
    await done.promise;
    return (answered / (performance.now() - began)) * 1000;
  } finally {
    connection.onFrame = () => {};
  }
}

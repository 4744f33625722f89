import { randomUUID } from 'node:crypto';
import type { Place } from '../../engine/process.ts';

/** Where functions run: this very process. They end with it, so every start is another epoch. */
export class FunctionPlace implements Place {
  readonly name = 'function';
  readonly survives = false;
  readonly epoch = randomUUID();

  open(): Promise<[]> {
    return Promise.resolve([]);
  }

  adopt(): undefined {
    return undefined;
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  cleanUp(): Promise<{ cleanup: 'none'; survivors: [] }> {
    return Promise.resolve({ cleanup: 'none', survivors: [] });
  }
}

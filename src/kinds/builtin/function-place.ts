import { randomUUID } from 'node:crypto';
import type { Place, RunKey } from '../../engine/process.ts';

/** Where functions run: this very process. They end with it, so every start is another epoch. */
export class FunctionPlace implements Place {
  readonly name = 'function';
  readonly survives = false;

  open(): Promise<{ epoch: string; known: RunKey[] }> {
    return Promise.resolve({ epoch: randomUUID(), known: [] });
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  cleanUp(): Promise<{ cleanup: 'none'; survivors: [] }> {
    return Promise.resolve({ cleanup: 'none', survivors: [] });
  }
}

import type { Place } from '../../engine/process.ts';

/**
 * Where functions run that go on under the next agent: it calls a function again whose run was under way, with the same
 * arguments, and it is the same run.
 */
export class ResumedPlace implements Place {
  readonly name = 'resumed function';
  readonly survives = true;
  readonly resumes = true;
  /** The same for every agent: to none of them a run is gone. */
  readonly epoch = 'resumed';

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

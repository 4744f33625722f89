import { openStore } from '../../../src/store/open-store.ts';
import { describeJobStore } from '../../contracts/job-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { tempDir } from '../../harness/temp-dir.ts';

describeJobStore('SqliteJobStore', async () => {
  const directory = tempDir();
  const clock = new FakeClock();
  let store = await openStore({ directory: directory.path, clock });
  return {
    jobs: store.jobs,
    clock,
    reopen: async () => {
      await store.close();
      store = await openStore({ directory: directory.path, clock });
      return store.jobs;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});

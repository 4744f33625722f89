import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { PersistentBackend } from '../../src/state/persistent-backend.ts';
import { describeBackend } from '../contracts/state-backend.ts';
import { FakePersistence } from '../fakes/fake-persistence.ts';
import { cosiStage } from './cosi-stage.ts';

describeBackend('CosiBackend over memory', async () => {
  const stage = await cosiStage(new MemoryBackend());
  return { backend: stage.backend, dispose: async () => await stage[Symbol.asyncDispose]() };
});

describeBackend('CosiBackend over a persistent backend', async () => {
  const stage = await cosiStage(await PersistentBackend.open({ persistence: new FakePersistence() }));
  return { backend: stage.backend, dispose: async () => await stage[Symbol.asyncDispose]() };
});

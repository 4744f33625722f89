import { EventLog } from '../../../src/state/event-log.ts';
import { MemoryBackend } from '../../../src/state/memory-backend.ts';
import { PersistentBackend } from '../../../src/state/persistent-backend.ts';
import type { RuntimeOptions } from '../../../src/state/controllers/runtime.ts';
import { State } from '../../../src/state/state.ts';
import { describeControllers, type MadeState } from '../../contracts/controllers.ts';
import { FakePersistence } from '../../fakes/fake-persistence.ts';

function made(state: State, options: Partial<RuntimeOptions> = {}): MadeState {
  return { state, options, [Symbol.asyncDispose]: () => state.close() };
}

describeControllers('memory, heard by its log', () => {
  const log = new EventLog();
  return made(new State(new MemoryBackend({ log })), { log });
});

describeControllers('memory, heard by watches', () => made(new State(new MemoryBackend())));

describeControllers('what is written down, heard by its log', async () => {
  const backend = await PersistentBackend.open({ persistence: new FakePersistence() });
  return made(new State(backend), { log: backend.log });
});

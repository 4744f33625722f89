// The gRPC service over a state in memory, and nothing else.
// `node cosi-server.ts SOCKET`
import { CosiServer } from '../../src/cosi/cosi-server.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { State } from '../../src/state/state.ts';

await CosiServer.open({
  state: new State(new MemoryBackend()),
  listeners: [{ url: `unix:${process.argv[2] ?? ''}` }],
});

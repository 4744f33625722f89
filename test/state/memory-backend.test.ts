import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { describeBackend } from '../contracts/state-backend.ts';

describeBackend('MemoryBackend', () => ({ backend: new MemoryBackend() }));

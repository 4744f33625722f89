import type { SpawnFailure } from './launcher.ts';
import { resolveProgram } from './resolve-program.ts';
import type { SpawnArguments } from './spawn-arguments.ts';

/** What the system's own codes mean when nothing can be found wrong with the program and its directory. */
const MEANINGS: Readonly<Record<string, readonly [SpawnFailure['failure'], string]>> = {
  E2BIG: ['bad-arguments', 'arguments and environment are too large'],
  EINVAL: ['bad-arguments', 'the system finds an argument invalid'],
  ENOENT: ['bad-interpreter', 'the program that has to load it does not exist'],
  ENOEXEC: ['not-executable', 'it is no program for this machine'],
  EACCES: ['not-executable', 'permission denied'],
  EPERM: ['not-executable', 'the system does not permit it'],
  ETXTBSY: ['not-executable', 'it is being written to'],
  ELIBBAD: ['bad-interpreter', 'the program that has to load it is damaged'],
  EAGAIN: ['no-resources', 'the system allows no more processes now'],
  ENOMEM: ['no-resources', 'there is no memory left'],
  EMFILE: ['no-resources', 'this process has too many open files'],
  ENFILE: ['no-resources', 'the system has too many open files'],
};

/** Says why the system refused to start a program: the code it gave tells too little, so program and directory are looked at again. */
export async function explainSpawnError(code: string, request: SpawnArguments): Promise<SpawnFailure> {
  const [failure, why] = MEANINGS[code] ?? ['not-executable', code];
  if (failure !== 'no-resources') {
    const resolved = await resolveProgram(request);
    if (resolved.type === 'failed') return resolved;
  }
  return { type: 'failed', failure, message: `Cannot start "${request.name}": ${why}` };
}

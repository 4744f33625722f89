import type { Backend } from './backend.ts';
import type { Pointer, Resource } from './resource.ts';
import { isStateError } from './state-error.ts';

/** What a backend has; undefined when there is none. Errors: those of `get`, but `not-found`. */
export async function findIn(backend: Backend, pointer: Pointer): Promise<Resource | undefined> {
  if (backend.find !== undefined) return await backend.find(pointer);
  try {
    return await backend.get(pointer);
  } catch (error) {
    if (isStateError(error, 'not-found')) return undefined;
    throw error;
  }
}

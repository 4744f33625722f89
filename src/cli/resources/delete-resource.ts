import type { ResourcesApi } from '../../client/resources-api.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { ResourcePointer } from '../../protocol/resource.ts';

/** It is gone; or it goes once those named have done what they have to. */
export type Deleted =
  { readonly type: 'destroyed' } | { readonly type: 'tearing-down'; readonly finalizers: readonly string[] };

/** Says that a resource is to go, and destroys it if it may be. Errors: AgentError. */
export async function deleteResource(resources: ResourcesApi, pointer: ResourcePointer): Promise<Deleted> {
  if ((await resources.teardown(pointer)) && (await destroyed(resources, pointer))) return { type: 'destroyed' };
  try {
    const { metadata } = await resources.get(pointer);
    return { type: 'tearing-down', finalizers: metadata.finalizers };
  } catch (error) {
    if (isAgentError(error) && error.code === 'not-found') return { type: 'destroyed' };
    throw error;
  }
}

/** Destroys a resource that is to go as soon as it may be. Resolves to whether that came before the signal. Errors: AgentError. */
export async function awaitDeletion(
  resources: ResourcesApi,
  pointer: ResourcePointer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  using watch = resources.watch(pointer, { signal });
  for await (const event of watch) {
    if (event.type === 'destroyed') return true;
    if (event.type !== 'created' && event.type !== 'updated') continue;
    const { phase, finalizers } = event.resource.metadata;
    if (phase === 'tearing-down' && finalizers.length === 0 && (await destroyed(resources, pointer))) return true;
  }
  return false;
}

/** Whether it is gone, whoever did it. */
async function destroyed(resources: ResourcesApi, pointer: ResourcePointer): Promise<boolean> {
  try {
    await resources.destroy(pointer);
    return true;
  } catch (error) {
    if (isAgentError(error) && error.code === 'not-found') return true;
    if (isAgentError(error) && error.code === 'pending-finalizers') return false;
    throw error;
  }
}

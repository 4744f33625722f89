import type { ResourcesApi } from '../../client/resources-api.ts';
import type { ResourceValue } from '../../client/resource-value.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { GivenResource, ResourcePointer } from '../../protocol/resource.ts';

export type Applied = 'created' | 'configured' | 'unchanged';

/** Others may create and destroy it at the same time; not for ever. */
const TRIES = 10;

/**
 * Makes what is stored as it is written: creates it, or changes what is other. Labels, annotations, finalizers and spec
 * are exchanged as a whole where they are written, and stay where they are not. Errors: AgentError of the write.
 */
export async function applyManifest(resources: ResourcesApi, written: GivenResource): Promise<Applied> {
  const { type, namespace, id } = written.metadata;
  const pointer = { type, id, namespace: namespace ?? undefined };
  for (let tries = 1; ; tries += 1) {
    const before = await find(resources, pointer);
    try {
      if (before === undefined) {
        await resources.create(written);
        return 'created';
      }
      const after = await resources.update(written);
      return sameVersion(before, after) ? 'unchanged' : 'configured';
    } catch (error) {
      const isRace = isAgentError(error) && (error.code === 'already-exists' || error.code === 'not-found');
      if (!isRace || tries >= TRIES) throw error;
    }
  }
}

async function find(resources: ResourcesApi, pointer: ResourcePointer): Promise<ResourceValue | undefined> {
  try {
    return await resources.get(pointer);
  } catch (error) {
    if (isAgentError(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}

function sameVersion({ metadata: one }: ResourceValue, { metadata: other }: ResourceValue): boolean {
  return one.uid === other.uid && one.version === other.version;
}

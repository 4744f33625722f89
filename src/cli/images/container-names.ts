import type { Client } from '../../client/client.ts';
import type { ContainerInfo } from '../../protocol/container.ts';

/** Names of containers by their ids; ids of those nobody knows (any more) stay as they are. */
export async function containerNames(client: Client): Promise<(ids: readonly string[]) => string[]> {
  const all = (await client.call('container.list', {}, { idempotent: true }).catch(() => [])) as ContainerInfo[];
  const names = new Map(all.map(({ id, name }) => [id, name]));
  return (ids) => ids.map((id) => names.get(id) ?? id);
}

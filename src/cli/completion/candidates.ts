/** What an agent knows and a shell may complete. */
import { connect, type Client } from '../../client/client.ts';
import { findAgent, type AgentChoice } from '../agent-address.ts';
import type { ContainerInfo } from '../../protocol/container.ts';
import type { ImageInfo } from '../../protocol/images.ts';
import type { Cli } from '../cli-context.ts';
import { shortDigest, shortName } from '../images/image-rows.ts';
import type { DynamicKind } from './describe-completion.ts';

/** Somebody has pressed a key and waits. */
const DEADLINE_MS = 700;
const MOST = 200;

/** Names of a kind that begin with a text, at most 200. None when the agent is not there or takes too long; never rejects. */
export async function candidates(
  kind: DynamicKind,
  prefix: string,
  choice: AgentChoice,
  cli: Pick<Cli, 'env' | 'directory' | 'isRoot' | 'home'>,
): Promise<string[]> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const late = new Promise<string[]>((resolve) => {
    signal.addEventListener('abort', () => resolve([]), { once: true });
  });
  const asked = askAgent(kind, prefix, choice, cli, signal).catch((): string[] => []);
  const names = await Promise.race([asked, late]);
  return [...new Set(names)].filter((name) => name.startsWith(prefix)).slice(0, MOST);
}

async function askAgent(
  kind: DynamicKind,
  prefix: string,
  choice: AgentChoice,
  cli: Pick<Cli, 'env' | 'directory' | 'isRoot' | 'home'>,
  signal: AbortSignal,
): Promise<string[]> {
  const { url, token } = await findAgent(choice, cli);
  const client = await connect(url, { ...(token === undefined ? {} : { token }), reconnect: false, signal });
  try {
    return await namesOf(kind, prefix, client);
  } finally {
    void client.close();
  }
}

async function namesOf(kind: DynamicKind, prefix: string, client: Client): Promise<string[]> {
  switch (kind) {
    case 'job':
      return [...(await liveIds(client, prefix)), ...(await endedIds(client))];
    case 'live-job':
      return await liveIds(client, prefix);
    case 'queue':
      return (await client.queues.list()).map(({ name }) => name);
    case 'tag':
      return (await client.jobs.page({ limit: 1000 })).jobs.flatMap(({ tags }) => tags);
    case 'agent-command':
      return (await client.agent.commands()).map(({ name }) => name);
    case 'resource-type':
      return (await client.resources.types()).flatMap(({ type, aliases }) => [...aliases.slice(0, 1), type]);
    case 'container':
      return await containersOf(client, prefix);
    case 'container-path':
      return (await containersOf(client, prefix)).map((name) => `${name}:/`);
    case 'image':
      return await imagesOf(client, prefix);
    case 'network':
      return await networksOf(client);
  }
}

/** Names; ids only for who has begun to write one. */
async function containersOf(client: Client, prefix: string): Promise<string[]> {
  const all = (await client.call('container.list', {})) as ContainerInfo[];
  const names = all.map(({ name }) => name);
  return prefix === '' ? names : [...names, ...all.map(({ id }) => id)];
}

/** As people write them; in full, and by digest, only for who has begun to. */
async function imagesOf(client: Client, prefix: string): Promise<string[]> {
  const all = (await client.call('image.list', undefined)) as ImageInfo[];
  const names = all.flatMap((image) => image.names);
  const short = names.map(shortName);
  return prefix === '' ? short : [...short, ...names, ...all.map(({ digest }) => shortDigest(digest))];
}

/** As the agent's configuration has them. One that was made without a file says nothing of it. */
async function networksOf(client: Client): Promise<string[]> {
  const settings = (await client.call('config.get', { key: 'containers' }).catch(() => ({}))) as Settings;
  const own = Object.keys(settings['containers.networks']?.value ?? {});
  const host = settings['containers.host_network']?.value === true ? ['host'] : [];
  return ['none', ...host, 'bridge', ...own];
}

type Settings = Readonly<Record<string, { readonly value: unknown } | undefined>>;

async function liveIds(client: Client, prefix: string): Promise<string[]> {
  const { jobs } = await client.jobs.page({ match: prefix, limit: 1000, sort: 'id' });
  return jobs.map(({ id }) => id);
}

async function endedIds(client: Client): Promise<string[]> {
  return (await client.jobs.history({ limit: MOST })).jobs.map(({ id }) => id);
}

/** What an agent knows and a shell may complete. */
import { connect, type Client } from '../../client/client.ts';
import { findAgent, type AgentChoice } from '../agent-address.ts';
import type { Cli } from '../cli-context.ts';
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
  }
}

async function liveIds(client: Client, prefix: string): Promise<string[]> {
  const { jobs } = await client.jobs.page({ match: prefix, limit: 1000, sort: 'id' });
  return jobs.map(({ id }) => id);
}

async function endedIds(client: Client): Promise<string[]> {
  return (await client.jobs.history({ limit: MOST })).jobs.map(({ id }) => id);
}

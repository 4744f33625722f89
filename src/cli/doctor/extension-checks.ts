/** Whether the agent could use all of its extensions. */
import { connect } from '../../client/client.ts';
import type { ExtensionEntry } from '../extension/extension-rows.ts';
import { fail, ok, warn, type Check } from './check.ts';

const CONNECT_TIMEOUT_MS = 3000;

/** None where no agent answers, or one that knows nothing of extensions. */
export async function extensionChecks(url: string | undefined, token: string | undefined): Promise<Check[]> {
  if (url === undefined) return [];
  try {
    await using client = await connect(url, {
      reconnect: false,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ...(token === undefined ? {} : { token }),
    });
    return entryChecks((await client.call('extension.list')) as ExtensionEntry[]);
  } catch {
    // That it does not answer is told by the check of its address.
    return [];
  }
}

/** What the agent's extensions tell: one line for those that are well, one for each that is not. */
export function entryChecks(entries: readonly ExtensionEntry[]): Check[] {
  const failed = entries.filter(({ state }) => state === 'failed');
  const doubtful = entries.filter(({ state, warnings }) => state !== 'failed' && warnings.length > 0);
  const loaded = entries.length - failed.length;
  return [
    ok('Extensions', `${loaded} loaded`),
    ...failed.map(({ source, reason = 'it failed' }) =>
      fail('Extension', reason, `Mend ${source}, then run: corex extension reload`),
    ),
    ...doubtful.map(({ name, source, warnings }) =>
      warn('Extension', `${name}: ${warnings.join('; ')}`, `See ${source}`),
    ),
  ];
}

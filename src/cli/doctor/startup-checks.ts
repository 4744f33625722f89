/** Whether what is started with the agent runs. */
import { connect } from '../../client/client.ts';
import type { StartupAnswer } from '../startup/startup-rows.ts';
import { fail, ok, warn, type Check } from './check.ts';

const CONNECT_TIMEOUT_MS = 3000;

const TROUBLED: ReadonlySet<string> = new Set(['failed', 'invalid', 'blocked', 'restarting']);

/** None where no agent answers, or one without a startup. */
export async function startupChecks(url: string | undefined, token: string | undefined): Promise<Check[]> {
  if (url === undefined) return [];
  try {
    await using client = await connect(url, {
      reconnect: false,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ...(token === undefined ? {} : { token }),
    });
    return startupAnswerChecks((await client.call('startup.list')) as StartupAnswer);
  } catch {
    // That it does not answer is told by the check of its address.
    return [];
  }
}

/** One line for the entries that are well, one for each that is not and for each file that can't be used. */
export function startupAnswerChecks({ entries, problems }: StartupAnswer): Check[] {
  const troubled = entries.filter(({ state }) => TROUBLED.has(state));
  if (entries.length === 0 && problems.length === 0) return [];
  return [
    ok('Startup', `${entries.length - troubled.length} of ${entries.length} entries are well`),
    ...troubled.map(({ id, state, why = '' }) => {
      const found = `${id} is ${state}${why === '' ? '' : `: ${why}`}`;
      if (state === 'invalid') return fail('Startup', found, 'Mend its entry, then run: corex startup reload');
      if (state === 'failed')
        return fail('Startup', found, `See: corex logs ${id}; then run: corex startup start ${id}`);
      return warn('Startup', found, `See: corex startup; corex logs ${id}`);
    }),
    ...problems.map(({ source, message, from }) =>
      fail(
        'Startup',
        message,
        from === 'resource'
          ? 'Mend or delete the resource: corex apply, corex delete'
          : `Mend ${source}, then run: corex startup reload`,
      ),
    ),
  ];
}

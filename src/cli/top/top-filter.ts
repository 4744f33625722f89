import type { PageQuery } from '../../client/jobs-api.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { JobState } from '../../protocol/job-info.ts';

/** Which jobs are wanted. */
export type TopFilter = Pick<PageQuery, 'match' | 'states' | 'tags' | 'queue' | 'command'>;

const KEYS = ['state', 'tag', 'queue', 'command'] as const;

/** How a filter is written, for help. */
export const FILTER_FORMS = 'words tag:TAG state:STATE queue:Q command:C';

/**
 * Reads a filter: words that are in the id, the command line, the queue or a tag, beside `tag:TAG`, `state:STATE`,
 * `queue:NAME` and `command:NAME`. A text when it can't be read: why.
 */
export function readFilter(text: string): TopFilter | string {
  const words: string[] = [];
  const given = new Map<(typeof KEYS)[number], string[]>();
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const [, name = '', value = ''] = /^([a-z]+):(.+)$/i.exec(word) ?? [];
    const key = KEYS.find((known) => known === name.toLowerCase());
    if (key === undefined) words.push(word);
    else given.set(key, [...(given.get(key) ?? []), value]);
  }
  const states = readStates(given.get('state') ?? []);
  if (typeof states === 'string') return states;
  const tags = given.get('tag');
  const [queue, command] = [given.get('queue')?.at(-1), given.get('command')?.at(-1)];
  return {
    ...(words.length === 0 ? {} : { match: words.join(' ') }),
    ...(states.length === 0 ? {} : { states }),
    ...(tags === undefined ? {} : { tags }),
    ...(queue === undefined ? {} : { queue }),
    ...(command === undefined ? {} : { command }),
  };
}

function readStates(names: readonly string[]): JobState[] | string {
  const states: JobState[] = [];
  const live = JobState.options.filter((state) => state !== 'settled');
  for (const name of names.flatMap((each) => each.split(','))) {
    const state = live.find((known) => known === name.toLowerCase());
    if (state === undefined) {
      const nearest = nearestName(name, live);
      return `Unknown state "${name}", ${nearest === undefined ? `known are ${live.join(', ')}` : `did you mean "${nearest}"?`}`;
    }
    states.push(state);
  }
  return states;
}

import * as z from 'zod';
import { Bookmark, defineBuiltin, ResourceName } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { requireSession } from '../session.ts';
import { KIND, kindOf, QUERY } from './arguments.ts';

const Arguments = z.strictObject({
  ...KIND,
  id: ResourceName.nullish().describe('Only this one; the watch then begins with what it is now.'),
  bootstrap: z
    .boolean()
    .nullish()
    .describe('Begin with `created` for each there is, by id, and `bootstrapped`. Default false.'),
  bootstrap_bookmark: z.boolean().nullish().describe('Begin with `noop` and a bookmark. Default false.'),
  tail: z.int().min(0).max(65_536).nullish().describe('Begin with this many of the newest events, as far as kept.'),
  from: Bookmark.nullish().describe('Begin behind this bookmark.'),
  ...QUERY,
});

export const stateWatch = defineBuiltin({
  name: 'state.watch',
  summary:
    'Sends what happens to resources to this connection until it is unwatched, in order and with nothing missing.',
  arguments: Arguments,
  errors: ['bad-request', 'invalid-bookmark', 'unsupported', 'too-many', 'not-able'],
  example: {
    arguments: { type: 'disks', bootstrap: true },
    data: { handle: 5, bookmark: 'Dd8tWJ2oT7EAAAAAAAAABw' },
  },
  run: async (args, context) => {
    const session = requireSession(context);
    const resources = offered(context.agent.resources, context);
    const { id, bootstrap, bootstrap_bookmark: bootstrapBookmark, tail, from, labels, id_match: idMatch } = given(args);
    const options = { bootstrap, bootstrapBookmark, tail, from, labels, idMatch };
    const reader = await resources.watch({ ...kindOf(args), id }, options);
    try {
      return { ...session.watchResources(reader), bookmark: reader.bookmark };
    } catch (error) {
      reader.close();
      throw error;
    }
  },
});

import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';

const LARGEST_PAGE = 10_000;
/** Entries that are told without pages. */
const WITHOUT_PAGES = 2000;

export const filesystemList = defineBuiltin({
  name: 'filesystem.list',
  summary: 'Lists a directory: all of a small one, or with `limit` or `after` a page, in the order of the names.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path of a directory.'),
    limit: z
      .int()
      .min(1)
      .max(LARGEST_PAGE)
      .nullish()
      .describe('Answer `{entries, next?}` with at most this many; less where they would not fit into an answer.'),
    after: z.string().min(1).max(1024).nullish().describe('The `next` of the page before. Answers a page, too.'),
  }),
  errors: ['bad-path', 'no-such-file', 'forbidden', 'too-many'],
  example: {
    arguments: { path: '/srv/data', limit: 1 },
    data: {
      entries: [
        {
          name: 'notes.txt',
          type: 'file',
          size: 5,
          mode: 420,
          is_dir: false,
          uid: 1000,
          gid: 1000,
          modified: 1767225600000,
        },
      ],
      next: 'bm90ZXMudHh0',
    },
  },
  run: async ({ path, limit, after }, context) => {
    const { tree } = offered(context.agent.files, context);
    const { signal } = context;
    const hasPages = typeof limit === 'number' || typeof after === 'string';
    const page = await tree.list(path, {
      limit: limit ?? (hasPages ? LARGEST_PAGE : WITHOUT_PAGES),
      signal,
      ...(typeof after === 'string' ? { after } : {}),
    });
    if (hasPages) return page;
    if (page.next === undefined) return page.entries;
    throw new AgentError(
      'too-many',
      `Cannot list "${path}" in one answer: it has more than ${page.entries.length} entries; ask for pages with "limit"`,
    );
  },
});

import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath, Recursive } from './arguments.ts';
import { treeWatch } from './watch.ts';

const LARGEST_ID = 2 ** 32 - 2;
const Account = z.union([z.int().min(0).max(LARGEST_ID), z.string().min(1).max(256)], {
  error: 'it must be a name or a number',
});

export const filesystemChown = defineBuiltin({
  name: 'filesystem.chown',
  summary: 'Gives a file, or a directory and all below it, to a user, a group or both; answers how many entries.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path. A link at its end is followed; links below are given away themselves.'),
    user: Account.nullish().describe('Name or number. None: stays.'),
    group: Account.nullish().describe('Name or number. None: stays.'),
    recursive: Recursive,
  }),
  errors: ['bad-arguments', 'bad-path', 'no-such-file', 'forbidden', 'failed'],
  example: { arguments: { path: '/srv/data', user: 'ann', group: 1000, recursive: true }, data: { entries: 12 } },
  run: async ({ path, user, group, recursive }, context) => {
    const owner = {
      ...(user === null || user === undefined ? {} : { user: String(user) }),
      ...(group === null || group === undefined ? {} : { group: String(group) }),
    };
    if (Object.keys(owner).length === 0)
      throw new AgentError(
        'bad-arguments',
        `Cannot change the owner of "${path}": "user", "group" or both must be given`,
      );
    const { tree } = offered(context.agent.files, context);
    return { entries: await tree.chown(path, owner, recursive ?? false, treeWatch(context)) };
  },
});

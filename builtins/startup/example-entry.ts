import * as z from 'zod';
import { JobId, type StartupStatus } from 'corex/builtin';

/** The id of an entry among a built-in's arguments. */
export const EntryArguments = z.strictObject({ id: JobId.describe('Id of the entry, which is that of its job.') });

/** The entry the examples of several built-ins show. */
export const EXAMPLE_ENTRY: StartupStatus = {
  id: 'web',
  state: 'running',
  after: ['db'],
  stage: 'boot',
  command: 'nginx -g daemon off;',
  since: 1_700_000_002_000,
  pid: 4321,
  runs: 1,
  protected: true,
  source: '/etc/corex/corex.toml',
  from: 'file',
};

import type { JobResult } from 'corex/builtin';

/** The result the examples of several built-ins show. */
export const EXAMPLE_RESULT: JobResult = {
  id: 'backup',
  command: 'core.system',
  data: '',
  streams: ['done\n', ''],
  level: 0,
  state: 'SUCCESS',
  code: 0,
  starttime: 1767225600004,
  time: 3000,
  tags: [],
  container: 0,
  reason: 'exited',
  exit: { code: 0 },
  runs: 1,
  output: { bytes: 5, dropped: 0 },
  output_open: false,
  cleanup: 'group',
  survivors: [],
};

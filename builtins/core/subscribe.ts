import type { Builtin } from 'corex/builtin';
import { jobSubscribe } from '../job/subscribe.ts';

/** The name under which coreX knew {@link jobSubscribe}. */
export const coreSubscribe: Builtin = {
  ...jobSubscribe,
  name: 'core.subscribe',
  summary: 'The same as `job.subscribe`.',
};

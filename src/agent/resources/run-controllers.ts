/** Runs the controllers while the agent takes commands. */
import type { MakePart } from '../agent-part.ts';

/**
 * The last of the parts: it begins when all others have registered their controllers, and so it is the first to stop.
 * Controllers end before jobs do: what they see of an ending job would make them start it again. What they left undone
 * is found by the next agent, as each begins with all there is.
 */
export const runControllers: MakePart = ({ resources, logger }) => ({
  begin: () => {
    resources.runtime.start();
  },
  stop: async ({ deadlineMs }) => {
    if (await resources.runtime.stop(deadlineMs / 2)) return;
    logger.warn({}, 'A controller did not stop in time and is left alone');
  },
  close: async () => {
    await resources.runtime.stop(0);
  },
});

/** Shows what the agent does as resources that anybody may read and watch: jobs, queues, and the agent itself. */
import { errorMessage } from '../../protocol/agent-error.ts';
import { isStateError } from '../../state/state-error.ts';
import type { MakePart } from '../agent-part.ts';
import { AGENT_VERSION } from '../version.ts';
import { Agents } from './agents-resource.ts';
import { JobMirror } from './job-mirror.ts';
import { Jobs } from './jobs-resource.ts';
import { Pace } from './pace.ts';
import { QueueMirror } from './queue-mirror.ts';
import { Queues } from './queues-resource.ts';
import { Shelf } from './shelf.ts';

/** Who all of it belongs to. */
const OWNER = 'corex.mirror';
/** Between two times at which what changed is shown, milliseconds: at least, at most. */
const REST_MS = 50;
const LONGEST_REST_MS = 1000;
/** The same for each job that was shown: where more come and go than this lets, most are over before they were shown, and cost nothing. */
const REST_PER_JOB_MS = 4;
/** Ended jobs that are shown at most. */
const MOST_ENDED = 200;
/** How often what the history has forgotten is looked for, milliseconds. */
const COMPARE_MS = 60_000;

export const mirror: MakePart = ({ agent, clock, config, engine, logger, resources }) => {
  const stack = new DisposableStack();
  const over = new AbortController();
  const shelf = { state: resources.state, owner: OWNER, signal: over.signal };
  const agents = new Shelf({ ...shelf, definition: Agents });
  let mustCompare = false;
  const show = async (): Promise<number> => {
    let shown = 0;
    try {
      shown = await jobs.show();
      await queues.show();
      if (mustCompare) {
        mustCompare = false;
        await jobs.compareWithHistory();
      }
    } catch (error) {
      if (!isStateError(error, 'closed'))
        logger.error({ error: errorMessage(error) }, 'What the agent does could not be shown as resources');
    }
    return Math.min(Math.max(REST_MS, shown * REST_PER_JOB_MS), LONGEST_REST_MS);
  };
  const pace = stack.use(new Pace({ clock, act: show }));
  const onChange = (): void => {
    pace.ask();
  };
  const jobs = new JobMirror({
    shelf: new Shelf({ ...shelf, definition: Jobs }),
    mostEnded: Math.min(MOST_ENDED, config().history.maxJobs),
    history: async (limit) => (await engine.history({ limit })).jobs,
    onChange,
  });
  const queues = new QueueMirror(new Shelf({ ...shelf, definition: Queues }), onChange);
  const compare = (): void => {
    mustCompare = true;
    pace.ask();
    timer = clock.after(COMPARE_MS, compare);
  };
  let timer: Disposable | undefined;
  const tellOfAgent = async (state: 'running' | 'stopping'): Promise<void> => {
    const { queued, waiting, ended, adopted, respawned, lost, discarded } = agent.recovery;
    await agents.put(agent.name, {
      state,
      version: AGENT_VERSION,
      pid: process.pid,
      started: startedAt,
      endpoints: [...agent.endpoints],
      recovered: { queued, waiting, ended, adopted, respawned, lost, discarded },
    });
  };
  const startedAt = clock.now();
  return {
    register: async () => {
      for (const definition of [Jobs, Queues, Agents]) await resources.registry.define(definition);
      stack.use(engine.addHandler(jobs.handler));
      stack.use(engine.addHandler(queues.handler));
    },
    begin: async () => {
      await tellOfAgent('running');
      for (const info of engine.queues.list()) queues.found({ name: info.name, info: () => info });
      compare();
    },
    stop: async () => {
      if (agents.size > 0) await tellOfAgent('stopping');
    },
    close: () => {
      over.abort();
      timer?.[Symbol.dispose]();
      stack.dispose();
    },
  };
};

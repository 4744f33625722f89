/** Changes of a container's status. Each is one write, so that an event is told if and only if it happened. */
import type { ContainerConfig, ContainerEvent, ContainerProcess, ContainerStatus } from '../protocol/container.ts';
import type { Writable } from '../state/draft.ts';
import type { ProcessFacts } from './job-facts.ts';

type Draft = Writable<ContainerStatus>;

/** The newest that are kept. */
const KEPT_EVENTS = 64;
const KEPT_EXECS = 64;

/** The exit code of what the kernel ends. */
const SIGKILL_CODE = 137;

export function newStatus({ name, version, created }: ContainerConfig): ContainerStatus {
  return {
    name,
    state: 'created',
    paused: false,
    version: 0,
    starts: 0,
    files: 0,
    execs: [],
    events: [{ number: 1, event: 'created', at: created, version }],
  };
}

function tell(draft: Draft, event: Omit<ContainerEvent, 'number'>): void {
  const number = (draft.events.at(-1)?.number ?? 0) + 1;
  draft.events = [...draft.events, { ...event, number }].slice(-KEPT_EVENTS);
}

/** Its main process is about to be started for the nth time. */
export function beginStart(draft: Draft, { starts, files }: ContainerConfig, job: string): void {
  draft.entering = Math.max(draft.files, files.at(-1)?.sequence ?? 0);
  draft.state = 'starting';
  draft.starts = starts;
  draft.main = { id: job, state: 'starting' };
  delete draft.failure;
}

/** What is known of the main process now. */
export function takeMain(draft: Draft, facts: ProcessFacts, version: number): void {
  const { failure: _failure, ...process } = facts;
  draft.main = process;
  if (draft.state === 'starting' && facts.started !== undefined) {
    draft.state = 'running';
    // What went in with the start is not copied again.
    draft.files = Math.max(draft.files, draft.entering ?? 0);
    delete draft.entering;
    tell(draft, { event: 'started', at: facts.started, version });
  }
}

/** What is known of its other processes now; of those that ended only the newest are kept. */
export function takeExecs(draft: Draft, execs: readonly ContainerProcess[]): void {
  const known = new Map(draft.execs.map((process) => [process.id, process]));
  for (const process of execs) known.set(process.id, process);
  const all = [...known.values()];
  const ended = all.filter(({ state }) => state === 'exited').slice(0, -KEPT_EXECS);
  draft.execs = all.filter((process) => !ended.includes(process));
}

/** How the present start is over. */
interface RunOver {
  readonly version: number;
  readonly now: number;
  /** Why there never was a process. */
  readonly failure?: ProcessFacts['failure'];
  /** The kernel ended something in it for lack of memory. */
  readonly wasOutOfMemory?: boolean;
}

/** All that its main process left is gone. */
export function endRun(draft: Draft, { version, now, failure, wasOutOfMemory = false }: RunOver): void {
  if (wasOutOfMemory) blameMemory(draft);
  const { main } = draft;
  draft.paused = false;
  delete draft.entering;
  if (main?.started === undefined && failure !== undefined) {
    draft.state = hasRun(draft) ? 'stopped' : 'created';
    draft.failure = { version, ...failure };
    tell(draft, { event: 'failed', at: main?.finished ?? now, version, message: failure.message });
    return;
  }
  const words = main?.message === undefined ? {} : { message: main.message };
  draft.state = 'stopped';
  tell(draft, { event: 'stopped', at: main?.finished ?? now, version, ...words });
}

/** If a signal nobody sent ended the main process, that is why. */
function blameMemory({ main }: Draft): void {
  if (main?.reason !== 'signaled' || main.exit_code !== SIGKILL_CODE) return;
  main.reason = 'out-of-memory';
  main.message = 'The kernel ended it for lack of memory';
}

/** Whether it was running at any time. The events may have forgotten, but then so much happened that it was. */
function hasRun({ events }: Draft): boolean {
  return events[0]?.number !== 1 || events.some(({ event }) => event === 'started');
}

/** The configuration is carried out; what was wrong with an older one counts no more, unless it is why this one does not run. */
export function settle(draft: Draft, { name, version, run_state: wanted, starts }: ContainerConfig): void {
  draft.name = name;
  draft.version = version;
  const isDown = draft.state === 'created' || draft.state === 'stopped';
  const isWhy = wanted === 'running' && draft.starts === starts && isDown;
  if (draft.failure !== undefined && draft.failure.version < version && !isWhy) delete draft.failure;
}

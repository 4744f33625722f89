/**
 * Faults that tests arm at named points, to see that what is promised holds whenever a process dies, throws or stalls.
 * Nothing is armed in production, and a point that is not armed costs one comparison.
 */
import process from 'node:process';

/** Die as by `kill -9` · throw an Error · hold the whole process up for {@link DELAY_MS}. */
type FaultAction = 'kill' | 'throw' | 'delay';

interface Fault {
  readonly point: string;
  /** Happens when the point is passed for the nth time. */
  readonly nth: number;
  readonly action: FaultAction;
}

/** Variable of the environment that arms faults: `point:nth:action[,…]`. */
export const FAULT_VARIABLE = 'COREX_FAULT';

const DELAY_MS = 250;

let armed: Map<string, { passed: number; readonly faults: readonly Fault[] }> | undefined;

/**
 * Arms the faults that the environment asks for, and takes the variable out of it, so that no child inherits them.
 * To be called once, when a process starts.
 *
 * Errors: RangeError for a text that is no list of faults.
 */
export function armFaults(environment: Record<string, string | undefined>): void {
  const text = environment[FAULT_VARIABLE];
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an environment has no other way to lose a variable
  delete environment[FAULT_VARIABLE];
  armed = undefined;
  if (text === undefined || text === '') return;
  armed = new Map();
  for (const [point, faults] of Map.groupBy(text.split(',').map(parseFault), (fault) => fault.point)) {
    armed.set(point, { passed: 0, faults });
  }
}

/**
 * The faults of points whose names begin with `prefix`, for the environment of another process that has these points.
 * Undefined when there are none. They are given once: who is started in that one's place is spared.
 */
export function takeFaults(prefix: string): string | undefined {
  const taken: string[] = [];
  for (const [point, { faults }] of armed ?? []) {
    if (!point.startsWith(prefix)) continue;
    armed?.delete(point);
    taken.push(...faults.map(({ nth, action }) => `${point}:${nth}:${action}`));
  }
  return taken.length === 0 ? undefined : taken.join(',');
}

/** A point where a fault may be armed. */
export function fault(point: string): void {
  if (armed !== undefined) pass(point, armed);
}

/** The same in the next turn of the event loop: what was said in this one has then left for whoever it was said to. */
export function faultNextTurn(point: string): void {
  if (armed !== undefined) setImmediate(fault, point);
}

function pass(point: string, points: NonNullable<typeof armed>): void {
  const at = points.get(point);
  if (at === undefined) return;
  at.passed += 1;
  for (const { nth, action } of at.faults) if (nth === at.passed) happen(point, action);
}

function happen(point: string, action: FaultAction): void {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'throw':
      throw new Error(`Fault at ${point}`);
    case 'delay':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DELAY_MS);
  }
}

function parseFault(text: string): Fault {
  const [, point, nth, action] = /^([a-z][a-z.-]*):(\d+):(kill|throw|delay)$/.exec(text) ?? [];
  if (point === undefined || Number(nth) < 1) {
    throw new RangeError(`Cannot arm the fault "${text}": it must be like "point:nth:kill", "…:throw" or "…:delay"`);
  }
  return { point, nth: Number(nth), action: action as FaultAction };
}

// Reads what `node --cpu-prof` writes and sorts its time by room.

/** The part of a profile that is used. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[];
  /** On the clock of `process.hrtime`. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface CpuProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** Counted from 0, as columns are. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

/** The time of one room, and of the functions in it that took most. */
export interface RoomTime {
  readonly room: string;
  /** Of the time the thread was busy. */
  readonly percent: number;
  readonly top: readonly { readonly name: string; readonly percent: number }[];
}

/** How a thread spent its time. */
export interface ThreadTime {
  /** Share of the time it was not idle, 0 to 1. */
  readonly busy: number;
  readonly rooms: readonly RoomTime[];
}

const TOP_FUNCTIONS = 4;
const LEAST_PERCENT = 1;
const IDLE = '(idle)';

/** A span on the clock of `process.hrtime`, in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Self time by room within a span, most first; rooms with less than one percent are left out. */
export function timeByRoom(profile: CpuProfile, { from, to }: Span): ThreadTime {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const byRoom = new Map<string, Map<string, number>>();
  let total = 0;
  let busy = 0;
  let now = profile.startTime;
  profile.samples.forEach((id, at) => {
    const time = Math.max(0, profile.timeDeltas[at] ?? 0);
    const frame = frames.get(id);
    now += time;
    if (now < from || now > to) return;
    total += time;
    if (frame === undefined || frame.functionName === IDLE) return;
    busy += time;
    const room = roomOf(frame);
    const functions = byRoom.get(room) ?? new Map<string, number>();
    byRoom.set(room, functions);
    const name = nameOf(frame);
    functions.set(name, (functions.get(name) ?? 0) + time);
  });
  const percent = (time: number): number => (time / Math.max(1, busy)) * 100;
  const rooms = [...byRoom].map(([room, functions]) => ({
    room,
    percent: percent([...functions.values()].reduce((sum, time) => sum + time, 0)),
    top: [...functions]
      .map(([name, time]) => ({ name, percent: percent(time) }))
      .toSorted((one, other) => other.percent - one.percent)
      .slice(0, TOP_FUNCTIONS),
  }));
  return {
    busy: busy / Math.max(1, total),
    rooms: rooms.filter((room) => room.percent >= LEAST_PERCENT).toSorted((one, other) => other.percent - one.percent),
  };
}

/** `engine`, `host/keeper`, `ws`, `node:net`, or what V8 calls its own work. */
export function roomOf({ url, functionName }: CpuProfileNode['callFrame']): string {
  const own = /\/(src\/(host\/[^/]+(?=\/)|[^/]+)\/|builtins\/)/.exec(url);
  const packaged = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url);
  if (packaged !== null) return packaged[1] ?? '';
  if (own !== null) return own[2] ?? 'builtins';
  if (url.startsWith('node:'))
    return url
      .split('/')
      .slice(0, url.startsWith('node:internal/') ? 2 : 1)
      .join('/');
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'V8 and the system';
  return url === '' ? 'built into V8' : url;
}

function nameOf({ functionName, url, lineNumber }: CpuProfileNode['callFrame']): string {
  const file = /([^/]+?)(?:\.[jt]s)?$/.exec(url)?.[1] ?? '';
  const name = functionName === '' ? `(line ${lineNumber + 1})` : functionName;
  return file === '' ? name : `${file}:${name}`;
}

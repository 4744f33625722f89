import PQueue from 'p-queue';
import { JobLine } from './job-line.ts';

/** Before everybody, and no job's id. */
const HELD = { priority: Number.MAX_SAFE_INTEGER, id: ' held' };

/** Those that are active, and the line of those that wait for it. */
export interface Tasks {
  readonly line: JobLine;
  readonly tasks: PQueue<JobLine>;
}

/** Nothing starts before it is told to. */
export function makeTasks(width: number): Tasks {
  const lines: JobLine[] = [];
  // p-queue makes its line itself, from a class; this one tells which it made, so that it can be listed.
  class ToldLine extends JobLine {
    constructor() {
      super();
      lines.push(this);
    }
  }
  const tasks = new PQueue<JobLine>({ concurrency: width, autoStart: false, queueClass: ToldLine });
  const [line] = lines;
  if (line === undefined) throw new TypeError('Cannot make a queue: p-queue made no line');
  return { line, tasks };
}

/** Takes a place at once, also beyond the width and while nothing may start. */
export function holdIn({ tasks }: Tasks, ended: Promise<void>): Promise<void> {
  const { concurrency, isPaused } = tasks;
  // One more than are active: of those in line only the first starts, which is this one.
  tasks.concurrency = tasks.pending + 1;
  const held = tasks.add(() => ended, HELD);
  tasks.start();
  if (isPaused) tasks.pause();
  tasks.concurrency = concurrency;
  return held;
}

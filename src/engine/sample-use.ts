import type { EngineParts } from './engine-parts.ts';
import type { Job } from './job.ts';
import { isMeasurable } from './process.ts';
import type { Process } from './process.ts';

/** Measures a job's process every `stats_interval` and publishes that, one measurement at a time, until it is disposed of. */
export function sampleUse(job: Job, process: Process, parts: EngineParts): Disposable | undefined {
  const { statsIntervalMs } = job.command;
  if (statsIntervalMs === undefined || !isMeasurable(process)) return undefined;
  const { clock } = parts;
  let isOver = false;
  let timer: Disposable | undefined;
  const measure = async (): Promise<void> => {
    const use = await process.measure().catch(() => undefined);
    if (isOver || job.process !== process || parts.isClosed()) return;
    if (use !== undefined) job.output.publishStats({ ...use, time: clock.now() });
    arm();
  };
  const arm = (): void => {
    timer = clock.after(statsIntervalMs, () => void measure());
  };
  arm();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      timer?.[Symbol.dispose]();
    },
  };
}

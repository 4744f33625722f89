/** What runs use of the machine, as it crosses the wire. */
import * as z from 'zod';
import type { Usage } from './run.ts';

/** What one run used in all, as the kernel told when it had ended. */
export const RunUsage = z
  .strictObject({
    user_ms: z.int().describe('Processor time in programs, milliseconds.'),
    system_ms: z.int().describe('Processor time in the kernel, milliseconds.'),
    max_rss: z.int().optional().describe('The most memory one of its processes had, bytes; missing when unknown.'),
  })
  .describe('What the last run’s main process and its children used. Missing when the system did not tell.');
export type RunUsage = z.infer<typeof RunUsage>;

/** What the kernel counts for the control group of a run. */
export const CgroupUse = z
  .strictObject({
    memory: z.int().optional().describe('Bytes in use, those of files it read included.'),
    time: z.number().optional().describe('Processor time of all that was ever in it, milliseconds.'),
    processes: z.int().optional().describe('Processes and threads in it.'),
  })
  .describe('Only of a run that has a control group of its own.');
export type CgroupUse = z.infer<typeof CgroupUse>;

export function writeUsage({ userMs, systemMs, maxRss }: Usage): RunUsage {
  return {
    user_ms: Math.round(userMs),
    system_ms: Math.round(systemMs),
    ...(maxRss === undefined ? {} : { max_rss: maxRss }),
  };
}

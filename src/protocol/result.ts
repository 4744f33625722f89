import * as z from 'zod';
import { REASONS, STATES } from './reasons.ts';
import { RunUsage } from './use.ts';

/** How an operating-system process ended: by exit code or by signal. */
const ExitSchema = z.union([
  z.strictObject({ code: z.int().min(0).max(255) }),
  z.strictObject({ signal: z.string().describe('Name, as in `SIGKILL`.') }),
]);

/** A process that was still there when corex gave up on it, or was asked to keep it. */
const SurvivorSchema = z.strictObject({ pid: z.int(), command: z.string() });

/** The one honest answer every command gets. */
export const JobResult = z
  .strictObject({
    id: z.string(),
    ref: z.union([z.string(), z.number()]).optional().describe('As in the frame this answers.'),
    command: z.string(),
    data: z
      .string()
      .describe(
        'The last run’s last result message (levels 20–23, 30), or a built-in’s return value as JSON. At most 1 MiB.',
      ),
    streams: z
      .tuple([z.string(), z.string()])
      .describe('Newest 100 messages of stdout and stderr of the last run, at most 64 KiB each.'),
    critical: z.string().optional().describe('The last run’s last message of level 9.'),
    level: z.int().describe('Level of `data`; 0 when there is none.'),
    state: z.enum(STATES),
    code: z.int().describe('0, 1000 + exit code, 1000 + 128 + signal, or an HTTP-like code.'),
    starttime: z.int().describe('Start of the last run, milliseconds since 1970; 0 when nothing ran.'),
    time: z.int().describe('Duration of the last run, milliseconds, monotonic.'),
    tags: z.array(z.string()),
    container: z.int().describe('Number of the container it ran in; 0 is the host.'),
    reason: z.enum(REASONS),
    exit: ExitSchema.optional().describe('How the last run’s process ended.'),
    runs: z.int().describe('Runs that were started.'),
    output: z.strictObject({
      bytes: z.int().describe('Bytes written over all runs: the position after the last one.'),
      dropped: z.int().describe('Of these, bytes a limit dropped.'),
    }),
    output_open: z.boolean().describe('Something still held the output open when the last run was declared over.'),
    cleanup: z
      .enum(['group', 'sweep', 'cgroup', 'kept', 'abandoned', 'reboot', 'none'])
      .describe('How it was proven that nothing is left.'),
    survivors: z.array(SurvivorSchema).describe('Processes that could not be ended, or were kept.'),
    usage: RunUsage.optional(),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
    refused: z
      .literal(true)
      .optional()
      .describe('The command was refused; this says nothing about a job of the same id.'),
  })
  .describe('The result of a command.');
export type JobResult = z.infer<typeof JobResult>;

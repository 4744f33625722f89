/** What `logger.subscribe` sends. */
import * as z from 'zod';

const epoch = z.int().describe('Milliseconds since 1970.');

/** A message of any job. */
const JobRecord = z.strictObject({
  source: z.literal('job'),
  id: z.string().describe('Of the job.'),
  command: z.string(),
  run: z.int(),
  seq: z.int().min(0).describe('As in `messages`: its place in the job’s output.'),
  level: z.int().min(0).max(255),
  text: z.string(),
  epoch,
  truncated: z.literal(true).optional().describe('The text is longer; `job.subscribe` from `seq` gives all of it.'),
});

/** A job has settled. */
const EndRecord = z.strictObject({
  source: z.literal('end'),
  id: z.string().describe('Of the job.'),
  command: z.string(),
  state: z.string(),
  code: z.int(),
  reason: z.string(),
  epoch,
});

/** A line of the agent's own log. */
const AgentRecord = z.strictObject({
  source: z.literal('agent'),
  level: z.string().describe('`debug`, `info`, `warn` or `error`.'),
  text: z.string(),
  epoch,
  facts: z.record(z.string(), z.unknown()).describe('The other members of the line.'),
});

export const LogRecord = z.discriminatedUnion('source', [JobRecord, EndRecord, AgentRecord]);
export type LogRecord = z.infer<typeof LogRecord>;

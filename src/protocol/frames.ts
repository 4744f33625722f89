/** Every text frame the agent sends, one object each, told apart by `type`. */
import * as z from 'zod';
import { LogRecord } from './log-record.ts';
import { ResourceEvent } from './resource.ts';
import { JobResult } from './result.ts';
import { CgroupUse, RunUsage } from './use.ts';

const position = z.int().min(0);
const ref = z.union([z.string(), z.number()]);
const handle = z.int().min(1);

export const HelloFrame = z
  .strictObject({
    type: z.literal('hello'),
    protocol: z.int(),
    version: z.string().describe('Of the agent.'),
    agent: z.string().describe('The agent’s name.'),
    heartbeat_ms: z.int().describe('How often the agent pings.'),
    limits: z.strictObject({ frame: z.int(), unanswered: z.int(), stdin_credit: z.int() }),
  })
  .describe('The first frame of every connection.');

export const AcceptedFrame = z
  .strictObject({
    type: z.literal('accepted'),
    id: z.string(),
    ref: ref.optional(),
    attached: z.boolean().describe('The job existed with the same content; nothing was started.'),
    handle: handle.optional().describe('Of the binary frames that follow, when a raw job is streamed.'),
  })
  .describe('The job is stored and will run, whatever happens to the agent.');

export const Message = z.strictObject({
  seq: position.describe(
    'Position of the message’s last byte in the job’s output log, or the number after the message before it if that is higher: strictly growing.',
  ),
  level: z.int().min(0).max(255),
  text: z.string(),
  epoch: z.int().describe('Milliseconds since 1970 when its last byte arrived.'),
  truncated: z.literal(true).optional().describe('Part of a longer message, or cut off by the end of the run.'),
});
export type Message = z.infer<typeof Message>;

export const MessagesFrame = z
  .strictObject({
    type: z.literal('messages'),
    id: z.string(),
    run: z.int(),
    handle: handle.optional().describe('Of the subscription that asked; missing when `stream` did.'),
    messages: z.array(Message).min(1),
  })
  .describe('What a job said, in order.');

export const GapFrame = z
  .strictObject({ type: z.literal('gap'), id: z.string(), handle: handle.optional(), from: position, to: position })
  .describe('Output from `from` up to `to` was dropped by a limit.');

export const StatsFrame = z
  .strictObject({
    type: z.literal('stats'),
    id: z.string(),
    handle: handle.optional(),
    cpu: z.number().describe('Percent of one core.'),
    rss: z.int().describe('Bytes.'),
    vms: z.int().describe('Bytes.'),
    swap: z.int().describe('Bytes.'),
    processes: z.int().optional().describe('How many processes these are.'),
    cgroup: CgroupUse.optional(),
    time: z.int().describe('Milliseconds since 1970.'),
  })
  .describe('What a job’s processes use.');

/** Something happened to a job. `position` says where in the output it stands. */
export const JobEvent = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('queued'),
    queue: z.string().optional(),
    waiting_for: z.int().optional().describe('How many jobs it waits for before it gets in line.'),
  }),
  z.strictObject({ event: z.literal('started'), run: z.int(), pid: z.int().optional(), position }),
  z.strictObject({
    event: z.literal('exited'),
    run: z.int(),
    reason: z.string(),
    state: z.string(),
    code: z.int(),
    exit: z.union([z.strictObject({ code: z.int() }), z.strictObject({ signal: z.string() })]).optional(),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
    usage: RunUsage.optional(),
    time: z.int().describe('Duration of the run, milliseconds.'),
    position,
  }),
  z.strictObject({ event: z.literal('restarting'), run: z.int(), delay_ms: z.int(), reason: z.string() }),
  z.strictObject({ event: z.literal('stopping'), run: z.int(), reason: z.string() }),
  z.strictObject({ event: z.literal('adopted'), run: z.int(), pid: z.int().optional(), position }),
  z.strictObject({ event: z.literal('unscheduled') }),
  z.strictObject({
    event: z.literal('progress'),
    run: z.int(),
    done: z.number(),
    total: z.number().optional(),
    text: z.string().optional(),
  }),
  z.strictObject({ event: z.literal('stdin'), offset: z.int().describe('Bytes of standard input taken so far.') }),
  z.strictObject({ event: z.literal('output-trouble'), message: z.string() }),
]);
export type JobEvent = z.infer<typeof JobEvent>;

export const EventFrame = z
  .looseObject({ type: z.literal('event'), id: z.string(), handle: handle.optional(), event: z.string() })
  .describe('Something happened to a job; the other members are the event’s facts.');

export const LogFrame = z
  .strictObject({
    type: z.literal('log'),
    handle: handle.describe('Of the subscription.'),
    dropped: z.int().min(1).optional().describe('So many records before these are missing: the reader was too slow.'),
    records: z.array(LogRecord).min(1),
  })
  .describe('What all jobs said, and the agent itself, in order.');

export const ResourcesFrame = z
  .strictObject({
    type: z.literal('resources'),
    handle: handle.describe('Of the watch.'),
    events: z.array(ResourceEvent).min(1),
  })
  .describe('What happened to resources, in order.');

export const EndFrame = z
  .strictObject({ type: z.literal('end'), id: z.string(), handle, position })
  .describe('A subscription is over: everything up to `position` was sent.');

export const ResultFrame = JobResult.extend({ type: z.literal('result') }).describe(
  'How a job or call ended: the one answer every command gets.',
);

export const ErrorFrame = z
  .strictObject({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    ref: ref.optional(),
    handle: handle.optional(),
  })
  .describe(
    'A frame could not be read as a command, or what belongs to `handle` failed and is over. The connection lives on.',
  );

export type HelloFrame = z.infer<typeof HelloFrame>;
export type AcceptedFrame = z.infer<typeof AcceptedFrame>;
export type MessagesFrame = z.infer<typeof MessagesFrame>;
export type GapFrame = z.infer<typeof GapFrame>;
export type StatsFrame = z.infer<typeof StatsFrame>;
export type EventFrame = { type: 'event'; id: string; handle?: number } & JobEvent;
export type LogFrame = z.infer<typeof LogFrame>;
export type ResourcesFrame = z.infer<typeof ResourcesFrame>;
export type EndFrame = z.infer<typeof EndFrame>;
export type ResultFrame = z.infer<typeof ResultFrame>;
export type ErrorFrame = z.infer<typeof ErrorFrame>;

/** Every text frame the agent sends. */
export type ServerFrame =
  | HelloFrame
  | AcceptedFrame
  | MessagesFrame
  | GapFrame
  | StatsFrame
  | EventFrame
  | LogFrame
  | ResourcesFrame
  | EndFrame
  | ResultFrame
  | ErrorFrame;

/** Every schema of a text frame the agent sends, by its `type`: what the generated documents show. */
export const SERVER_FRAMES = {
  hello: HelloFrame,
  accepted: AcceptedFrame,
  messages: MessagesFrame,
  gap: GapFrame,
  stats: StatsFrame,
  event: EventFrame,
  log: LogFrame,
  resources: ResourcesFrame,
  end: EndFrame,
  result: ResultFrame,
  error: ErrorFrame,
} as const;

/**
 * A command as it crosses the wire, and as the inside sees it.
 *
 * The wire keeps the spelling of coreX (`max_time` in seconds); the inside says `maxTimeMs`. The
 * conversion stands here and nowhere else.
 */
import * as z from 'zod';
import { contentHash } from '../base/canonical-json.ts';
import type { JsonValue } from '../base/json.ts';
import { nearestName } from '../base/nearest-name.ts';
import { AgentError } from './agent-error.ts';
import { readAfter, WireAfter, writeAfter } from './dependency.ts';
import type { Dependency } from './dependency.ts';
import { JobId } from './job-id.ts';
import { MAX_LEVEL } from './levels.ts';
import { TraceParent } from './trace-parent.ts';

const MAX_SECONDS = 1_000_000_000;

/** Defaults of a command's fields; those of `kill_grace` and `ttl` may be configured. Times are milliseconds. */
export const COMMAND_DEFAULTS = {
  priority: 0,
  maxRestart: 0,
  killGraceMs: 10_000,
  restartDelayMs: 1000,
  restartMaxDelayMs: 60_000,
  ttlMs: 86_400_000,
} as const;

const seconds = z.number().min(0).max(MAX_SECONDS);

/** Any JSON value. Its depth and size are bounded where it was parsed. */
const AnyJson = z.unknown();

/** The command frame, spelled as on the wire. */
export const WireCommand = z
  .strictObject({
    command: z.string().min(1).max(256).describe('Name of the command, as `command.list` shows it.'),
    id: JobId.nullish(),
    ref: z
      .union([z.string().max(256), z.number()])
      .nullish()
      .describe('Echoed in every frame that answers this one.'),
    arguments: AnyJson.optional().describe('Arguments of the command; `command.list` has their schema.'),
    after: WireAfter.nullish().describe(
      'Jobs it waits for before it gets in line: an id, or `{id, condition}`. It is never started when one of them can not come so far any more.',
    ),
    queue: z.string().max(256).nullish().describe('Name of the queue to wait in. None: start at once.'),
    priority: z.int().min(-1000).max(1000).nullish().describe('Higher goes first in its queue. Default 0.'),
    stats_interval: seconds.nullish().describe('Seconds between `stats` frames. None: no frames.'),
    max_time: seconds.nullish().describe('Seconds one run may take before it is stopped. None: no limit.'),
    kill_grace: seconds.nullish().describe('Seconds between TERM and KILL. Default 10.'),
    max_restart: z.int().min(0).max(1_000_000_000).nullish().describe('Restarts allowed after failed runs. Default 0.'),
    restart_delay: seconds.nullish().describe('Seconds before the first restart, doubled each time. Default 1.'),
    restart_max_delay: seconds.nullish().describe('Longest delay between restarts, seconds. Default 60.'),
    recurring_period: seconds.nullish().describe('Seconds from the end of a run to the next. None: not recurring.'),
    success_codes: z
      .array(z.int().min(0).max(255))
      .max(256)
      .nullish()
      .describe('Exit codes that mean success beside 0.'),
    stream: z.boolean().nullish().describe('Send the job’s messages and events to this connection from the start.'),
    log_levels: z
      .array(z.int().min(0).max(MAX_LEVEL))
      .max(256)
      .nullish()
      .describe('Levels whose messages are streamed and handed to handlers. None: all.'),
    tags: z
      .array(z.string().min(1).max(256))
      .max(64)
      .nullish()
      .describe('Labels, echoed in the result and searchable.'),
    keep: z.boolean().nullish().describe('Leave processes alive that outlive the main process.'),
    ttl: seconds.nullish().describe('Seconds the result and the output are kept after the end. Default 86400.'),
    raw: z.boolean().nullish().describe('Bytes only: no messages are parsed.'),
    trace: TraceParent.nullish().describe(
      'W3C `traceparent` of the trace it belongs to. Its processes get one in `TRACEPARENT`.',
    ),
  })
  .describe('A command. `null` and 0 mean absent. Unknown keys are refused.');
export type WireCommand = z.infer<typeof WireCommand>;

/** A command as the inside sees it: parsed, defaults filled in, times in milliseconds. */
export interface Command {
  readonly name: string;
  readonly id: string | undefined;
  readonly ref: string | number | undefined;
  readonly args: JsonValue | undefined;
  /** What it waits for before it gets in line for its first run. */
  readonly after: readonly Dependency[];
  readonly queue: string | undefined;
  readonly priority: number;
  readonly statsIntervalMs: number | undefined;
  readonly maxTimeMs: number | undefined;
  /** Undefined: the agent's default. */
  readonly killGraceMs: number | undefined;
  readonly maxRestart: number;
  readonly restartDelayMs: number;
  readonly restartMaxDelayMs: number;
  readonly recurringPeriodMs: number | undefined;
  readonly successCodes: readonly number[];
  readonly stream: boolean;
  readonly logLevels: readonly number[] | undefined;
  readonly tags: readonly string[];
  readonly keep: boolean;
  /** Undefined: the agent's default. */
  readonly ttlMs: number | undefined;
  readonly raw: boolean;
  /** A W3C `traceparent`. */
  readonly trace: string | undefined;
}

/**
 * Checks a value against the schema and converts it.
 *
 * Errors: AgentError `bad-command` naming the field, what is wrong, and the nearest known key.
 */
export function parseCommand(value: unknown): Command {
  const parsed = WireCommand.safeParse(value);
  if (!parsed.success)
    throw new AgentError('bad-command', `Cannot read the command: ${describeIssues(parsed.error, WireCommand)}`);
  return fromWire(parsed.data);
}

/** Milliseconds of a wire time; null and 0 mean absent. */
function milliseconds(value: number | null | undefined): number | undefined {
  return value === null || value === undefined || value === 0 ? undefined : value * 1000;
}

function fromWire(wire: WireCommand): Command {
  return {
    name: wire.command,
    id: wire.id ?? undefined,
    ref: wire.ref ?? undefined,
    args: (wire.arguments ?? undefined) as JsonValue | undefined,
    after: readAfter(wire.after),
    queue: wire.queue === '' ? undefined : (wire.queue ?? undefined),
    priority: wire.priority ?? COMMAND_DEFAULTS.priority,
    statsIntervalMs: milliseconds(wire.stats_interval),
    maxTimeMs: milliseconds(wire.max_time),
    killGraceMs: milliseconds(wire.kill_grace),
    maxRestart: wire.max_restart ?? COMMAND_DEFAULTS.maxRestart,
    restartDelayMs: milliseconds(wire.restart_delay) ?? COMMAND_DEFAULTS.restartDelayMs,
    restartMaxDelayMs: milliseconds(wire.restart_max_delay) ?? COMMAND_DEFAULTS.restartMaxDelayMs,
    recurringPeriodMs: milliseconds(wire.recurring_period),
    successCodes: wire.success_codes ?? [],
    stream: wire.stream ?? false,
    logLevels: wire.log_levels === null || wire.log_levels?.length === 0 ? undefined : wire.log_levels,
    tags: wire.tags ?? [],
    keep: wire.keep ?? false,
    ttlMs: milliseconds(wire.ttl),
    raw: wire.raw ?? false,
    trace: wire.trace ?? undefined,
  };
}

/** The command as it is written to the wire and the store: what has its default is left out, `ref` too. */
export function toWire(command: Command): WireCommand {
  const unless = <T>(value: T, standard: T): T | undefined => (value === standard ? undefined : value);
  const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  const full: Record<keyof WireCommand, unknown> = {
    command: command.name,
    id: command.id,
    ref: undefined,
    arguments: command.args,
    after: writeAfter(command.after),
    queue: command.queue,
    priority: unless(command.priority, COMMAND_DEFAULTS.priority),
    stats_interval: inSeconds(command.statsIntervalMs),
    max_time: inSeconds(command.maxTimeMs),
    kill_grace: inSeconds(command.killGraceMs),
    max_restart: unless(command.maxRestart, COMMAND_DEFAULTS.maxRestart),
    restart_delay: inSeconds(unless(command.restartDelayMs, COMMAND_DEFAULTS.restartDelayMs)),
    restart_max_delay: inSeconds(unless(command.restartMaxDelayMs, COMMAND_DEFAULTS.restartMaxDelayMs)),
    recurring_period: inSeconds(command.recurringPeriodMs),
    success_codes: command.successCodes.length === 0 ? undefined : command.successCodes,
    stream: unless(command.stream, false),
    log_levels: command.logLevels,
    tags: command.tags.length === 0 ? undefined : command.tags,
    keep: unless(command.keep, false),
    ttl: inSeconds(command.ttlMs),
    raw: unless(command.raw, false),
    trace: command.trace,
  };
  return Object.fromEntries(Object.entries(full).filter(([, value]) => value !== undefined)) as WireCommand;
}

/** Hash of what the command asks for: everything but `id ref stream ttl trace`. Equal hashes attach, others conflict. */
export function commandHash(command: Command): string {
  const { id: _id, stream: _stream, ttl: _ttl, trace: _trace, ...content } = toWire(command);
  return contentHash(content);
}

/** One sentence of what is wrong with a value, from a schema's issues: the first three, with paths. */
export function describeIssues(error: z.ZodError, schema?: z.ZodObject): string {
  const known = schema === undefined ? [] : Object.keys(schema.shape);
  return error.issues
    .slice(0, 3)
    .map((issue) => describeIssue(issue, known))
    .join('; ');
}

function describeIssue(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => {
        const nearest = nearestName(key, known);
        const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
        return `unknown key "${path === '' ? key : `${path}.${key}`}"${hint}`;
      })
      .join('; ');
  }
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return path === '' ? message : `"${path}": ${message}`;
}

/** What a built-in is: a function under a command name. */
import type * as z from 'zod';
import type { Command } from '../protocol/command.ts';
import type { ErrorName } from '../protocol/error-codes.ts';
import type { ContainerAccess } from './container-access.ts';
import type { ExtensionAccess } from './extension-access.ts';
import type { FileAccess } from './file-access.ts';
import type { ImageAccess } from './image-access.ts';
import type { JobAccess, QueueAccess } from './job-access.ts';
import type { LogAccess } from './log-access.ts';
import type { ProbeAccess, ProcessAccess, SettingsAccess } from './machine-access.ts';
import type { PrivilegeAccess } from './privilege-access.ts';
import type { ResourceAccess } from './resource-access.ts';
import type { SessionAccess } from './session-access.ts';
import type { StartupAccess } from './startup-access.ts';
import type { StatisticsAccess } from './statistics-access.ts';

/** What the agent tells of itself and lets a built-in do with it. */
export interface AgentAccess {
  readonly name: string;
  readonly version: string;
  /** Facts about the agent: uptime, jobs by state, memory, generation, store and launcher. */
  state(): Promise<Readonly<Record<string, unknown>>>;
  /** Begins an ordered stop and returns at once the ids of the jobs that go on without the agent. `drain`: end them first. */
  stop(options: { readonly drain: boolean; readonly deadlineMs?: number }): readonly string[];
  /** Every registered command. */
  commands(): readonly CommandDescription[];
  /** What follows is there where parts of the agent offer it. */
  readonly containers?: ContainerAccess;
  readonly extensions?: ExtensionAccess;
  readonly files?: FileAccess;
  readonly images?: ImageAccess;
  readonly log?: LogAccess;
  readonly privileges?: PrivilegeAccess;
  readonly probes?: ProbeAccess;
  readonly processes?: ProcessAccess;
  readonly resources?: ResourceAccess;
  readonly settings?: SettingsAccess;
  readonly startup?: StartupAccess;
  readonly statistics?: StatisticsAccess;
}

/** How `command.list` shows a command. */
export interface CommandDescription {
  readonly name: string;
  /** A `job` is kept and has a life; a `call` is answered and forgotten. */
  readonly sort: 'job' | 'call';
  /** One sentence. */
  readonly summary: string;
  /** JSON Schema of `arguments`. */
  readonly arguments: unknown;
}

/** What a built-in is given beside its arguments. */
export interface BuiltinContext {
  readonly command: Command;
  /** Aborts when the job is killed or out of time, or a call's connection is gone. */
  readonly signal: AbortSignal;
  /** Says a message of a level. Delivered to subscribers; levels 1 and 2 are in the result's streams. */
  message(level: number, text: string): void;
  /** Says a line of standard output, or of another level. */
  log(text: string, level?: number): void;
  /** Tells subscribers how far it is. Only for durable built-ins. */
  progress(done: number, total?: number, text?: string): void;
  readonly jobs: JobAccess;
  readonly queues: QueueAccess;
  readonly agent: AgentAccess;
  /** The connection the command came on; missing when it came from code. */
  readonly session: SessionAccess | undefined;
}

/** One use of a built-in, for the docs. A test holds the arguments against the schema. */
export interface BuiltinExample {
  readonly arguments?: unknown;
  /** What the result's `data` holds, as JSON. */
  readonly data: unknown;
}

export interface BuiltinDefinition<Arguments extends z.ZodType = z.ZodType> {
  /** `<namespace>.<verb>`. */
  readonly name: string;
  /** One sentence, for `command.list` and the docs. */
  readonly summary: string;
  /** Schema of `arguments`. Default: none are taken. */
  readonly arguments?: Arguments;
  /** Kept as a job with an id, output and history, instead of being answered and forgotten. Default false. */
  readonly durable?: boolean;
  /**
   * A durable one is called again, with the same arguments, when the agent ended while it ran: the next agent's call is
   * the same run, and goes on where that came to. Stopping it aborts its signal, and then waits until it returns. It has
   * no time limit, no queue and no further runs. Default false.
   */
  readonly resumes?: boolean;
  /** Other jobs belong to a job of it, and end with it. Default false. */
  readonly isBatch?: boolean;
  /** What it throws beyond `bad-arguments`, for the docs. */
  readonly errors?: readonly ErrorName[];
  /** For the docs. */
  readonly example?: BuiltinExample;
  /**
   * Checks more than the schema can, once, before a durable one becomes a job. Answers ids of jobs that must be live or
   * in the history. Errors: an AgentError refuses it.
   */
  admit?(args: z.infer<Arguments>, context: Pick<BuiltinContext, 'command' | 'jobs'>): readonly string[];
  /** Its return value becomes the result's `data`, as JSON; undefined becomes null. */
  run(args: z.infer<Arguments>, context: BuiltinContext): unknown;
}

/** A built-in whose argument type is behind its schema. */
export type Builtin = BuiltinDefinition;

/** Ties a built-in's function to its schema's type. */
export function defineBuiltin<Arguments extends z.ZodType>(definition: BuiltinDefinition<Arguments>): Builtin {
  return definition;
}

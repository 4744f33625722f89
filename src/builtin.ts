/** The door for built-ins: everything a file in `builtins/` may use. */
export { defineBuiltin } from './engine/builtin.ts';
export type { AgentAccess, Builtin, BuiltinContext, BuiltinDefinition, CommandDescription } from './engine/builtin.ts';
export type { JobAccess, JobFilter, QueueAccess } from './engine/job-access.ts';
export type { JobView } from './engine/submission.ts';
export type { ReadingOptions } from './engine/streams/reading.ts';
export { AgentError } from './protocol/agent-error.ts';
export { JobId, parseCommand } from './protocol/command.ts';
export type { Command } from './protocol/command.ts';
export { parseSignal } from './protocol/signals.ts';
export type { JobResult } from './protocol/result.ts';

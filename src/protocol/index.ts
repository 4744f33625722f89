/** The door for those who speak the wire themselves: schemas, tables and types. */
export { AgentError } from './agent-error.ts';
export type { ErrorBody } from './agent-error.ts';
export { CLOSE_CODES } from './close-codes.ts';
export { commandHash, parseCommand, WireCommand } from './command.ts';
export type { Command } from './command.ts';
export type { Condition, Dependency } from './dependency.ts';
export { ERROR_CODES } from './error-codes.ts';
export type { ErrorName } from './error-codes.ts';
export * from './frames.ts';
export { JobId } from './job-id.ts';
export { JobInfo, JobState, QueueInfo } from './job-info.ts';
export { LEVELS } from './levels.ts';
export * from './limits.ts';
export type { OutputStream } from './output.ts';
export { REASON_MEANINGS, REASONS, STATES } from './reasons.ts';
export type { Reason, State } from './reasons.ts';
export { JobResult } from './result.ts';
export { ENDPOINT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from './version.ts';

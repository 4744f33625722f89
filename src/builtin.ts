/** The door for built-ins: everything a file in `builtins/` may use. */
export { defineBuiltin } from './engine/builtin.ts';
export type {
  AgentAccess,
  Builtin,
  BuiltinContext,
  BuiltinDefinition,
  BuiltinExample,
  CommandDescription,
} from './engine/builtin.ts';
export type { ExtensionAccess } from './engine/extension-access.ts';
export type { BatchEntry, BatchSpec } from './engine/batches/batch-plan.ts';
export type { JobAccess, JobFilter, QueueAccess } from './engine/job-access.ts';
export type { HistoryPage, HistoryQuery } from './engine/job-store.ts';
export type { FileAccess, TreeWatch } from './engine/file-access.ts';
export type { LogFilter } from './engine/log-access.ts';
export type { Page, PageRequest, PortTarget, ProcessQuery } from './engine/machine-access.ts';
export type { SessionAccess } from './engine/session-access.ts';
export type { StartupAccess, StartupReport, StartupStatus } from './engine/startup-access.ts';
export type { JobView } from './engine/job-view.ts';
export type { ReadingOptions } from './engine/streams/reading.ts';
export { AgentError } from './protocol/agent-error.ts';
export type { BatchSummary } from './protocol/batch-summary.ts';
export { ContainerChange } from './protocol/container-change.ts';
export { ContainerState } from './protocol/container.ts';
export type { ContainerConfig, ContainerInfo, ContainerStatus } from './protocol/container.ts';
export { parseCommand } from './protocol/command.ts';
export type { Command } from './protocol/command.ts';
export { JobId } from './protocol/job-id.ts';
export { JobOrder, JobState } from './protocol/job-info.ts';
export type { JobInfo, JobPage, QueueInfo } from './protocol/job-info.ts';
export { FILE_BLOCK_BYTES } from './protocol/files.ts';
export { JSON_RESULT_LEVEL, MAX_LEVEL } from './protocol/levels.ts';
export type { JobStatsInfo, SeriesInfo, UseInfo } from './protocol/statistics-info.ts';
export { MAX_BATCH, MAX_RESOURCE_PAGE, STDIN_CREDIT_BYTES } from './protocol/limits.ts';
export { Bookmark, GivenResource, IdPattern, LabelQueries, ResourceName } from './protocol/resource.ts';
export { parseRate, RateText } from './protocol/rate.ts';
export { REASONS, STATES } from './protocol/reasons.ts';
export { parseSignal } from './protocol/signals.ts';
export { PROTOCOL_VERSION } from './protocol/version.ts';
export type { JobResult } from './protocol/result.ts';

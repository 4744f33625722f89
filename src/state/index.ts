/** The door for those who keep resources: values with a version, an owner and a life, that can be watched. */
export type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
export { compression, type CompressionOptions } from './compression.ts';
export { type ConformanceCase, type Stage, stateConformance } from './conformance/index.ts';
export {
  type Column,
  defineResource,
  type ResourceDefinition,
  type ResourceDefinitionParts,
} from './define-resource.ts';
export type { Change, Draft, Writable } from './draft.ts';
export { encryption } from './encryption.ts';
export type { Bookmark, StateEvent, Watch } from './event.ts';
export { EventLog, type EventLogOptions, type Happening, type Listener } from './event-log.ts';
export { type Access, FilteredBackend, type Rule, type Verb } from './filtered-backend.ts';
export { KeySlots, KeySlotsError, type KeySlotsErrorCode, type Lock, newRecipient, type Opener } from './key-slots.ts';
export type { LabelOperation, LabelQuery, LabelTerm } from './label-query.ts';
export { MemoryBackend, type MemoryBackendOptions } from './memory-backend.ts';
export { NamespacedBackend, type Route } from './namespaced-backend.ts';
export { OwnedState } from './owned-state.ts';
export { PersistentBackend, type PersistentBackendOptions } from './persistent-backend.ts';
export type { Loaded, Persistence, StoredChange, StoredResource } from './persistence.ts';
export { RemoteBackend, type RemoteState, type RemoteWatch } from './remote-backend.ts';
export type { Query } from './query.ts';
export { META, Namespaces, Registry, ResourceDefinitions } from './registry.ts';
export {
  type Kind,
  type Metadata,
  newResource,
  type Phase,
  type Pointer,
  pointerOf,
  type Resource,
  type ResourceParts,
  sameResource,
} from './resource.ts';
export { type Condition, State } from './state.ts';
export { type ErrorSubject, isConflict, isStateError, StateError, type StateErrorCode } from './state-error.ts';
export type { StoredForm, Wrapping } from './stored-form.ts';
export {
  type Changed,
  type Controller,
  type ControllerContext,
  type PlainContext,
  type QueueController,
  type RequeueAfter,
  RequeueError,
  SkipReconcile,
} from './controllers/controller.ts';
export type { ControllerCounts } from './controllers/controller-counts.ts';
export type { ControllerState } from './controllers/controller-state.ts';
export type { Input, InputKind, Output, QueueInputKind } from './controllers/declarations.ts';
export type { Edge } from './controllers/dependencies.ts';
export { ControllerRuntime, type RuntimeOptions } from './controllers/runtime.ts';
export {
  controllerConfigurations,
  type ControllerCase,
  controllerConformance,
  type ControllerStage,
} from './controllers/conformance/index.ts';
export { cleanup, type CleanupHandler, type CleanupOptions } from './controllers/generic/cleanup.ts';
export {
  combineHandlers,
  hasNoOutputs,
  removeOutputs,
  type RemoveOutputsOptions,
} from './controllers/generic/cleanup-handlers.ts';
export { destroyTornDown } from './controllers/generic/destroy.ts';
export { type Mapper, mappers } from './controllers/generic/mappers.ts';
export type { Produced } from './controllers/generic/produce.ts';
export {
  type MappedInput,
  type QueueProduced,
  queueTransform,
  type QueueTransformOptions,
} from './controllers/generic/queue-transform.ts';
export { type TaskContext, TaskRunner, type TaskRunnerOptions } from './controllers/generic/task-runner.ts';
export { transform, type TransformContext, type TransformOptions } from './controllers/generic/transform.ts';

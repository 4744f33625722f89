/** What the agent remembers and lets others watch: its state, what types there are, and the controllers. */
import type { EventLog, Happening } from '../../state/event-log.ts';
import type { BackendFigures } from '../../state/logged-backend.ts';
import type { Registry } from '../../state/registry.ts';
import type { State } from '../../state/state.ts';
import type { Controllers } from './controllers.ts';
import type { AgentNamespace } from './namespaces.ts';

export interface ResourceFigures extends BackendFigures {
  /** What happened since the agent began. */
  readonly events: Readonly<Record<Happening['type'], number>>;
}

export interface AgentResources {
  /** All of it, for the agent itself. */
  readonly state: State;
  /** The same as clients may see and change it: what only the agent writes is refused, `denied`. */
  readonly clients: State;
  /** Where types are made known. */
  readonly registry: Registry;
  /** Where controllers are registered, at any time. */
  readonly runtime: Controllers;
  readonly namespaces: readonly AgentNamespace[];
  /** All changes, in one order. */
  readonly log: EventLog;
  /** Of all namespaces together. */
  figures(): ResourceFigures;
  /** Ends all watches; writes that were asked for are carried out first. Idempotent. */
  close(): Promise<void>;
}

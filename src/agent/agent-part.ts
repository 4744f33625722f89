/** What stands around an agent's core: extensions, entries that are started with it, statistics and the like. */
import type { Clock } from '../base/clock.ts';
import type { AgentAccess } from '../engine/builtin.ts';
import type { Engine } from '../engine/engine.ts';
import type { Launcher } from '../host/launcher.ts';
import type { Server } from '../server/server.ts';
import type { Store } from '../store/open-store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { PrometheusMetrics } from '../telemetry/prometheus-metrics.ts';
import type { Agent, StopAgentOptions } from './agent-api.ts';
import type { Commands } from './commands.ts';
import type { Config } from './config.ts';
import type { AgentResources } from './resources/agent-resources.ts';

/** What a part may use of the agent it belongs to. */
export interface AgentWorld {
  /** As it was read last. */
  readonly config: () => Config;
  /** Reads it now, without anything being taken over. Errors: whatever the reader throws of one that can't be used. */
  readonly readConfig: () => Config;
  readonly agent: Agent;
  readonly engine: Engine;
  readonly commands: Commands;
  readonly store: Store;
  /** What is remembered and watched. Types and controllers are made known in `register` or `begin`. */
  readonly resources: AgentResources;
  readonly launcher: Launcher;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
  readonly clock: Clock;
  /** The agent's own; an allow-list of it reaches processes. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined until the doors are open. */
  readonly server: () => Server | undefined;
  /** Lets built-ins use something of this part. */
  readonly offer: (access: Partial<AgentAccess>) => void;
}

/** One part, made anew for each agent. All of it is optional. */
export interface AgentPart {
  /** Before unfinished jobs are looked at: the commands they may need. Errors end the start. */
  register?(): void | Promise<void>;
  /** Once commands are taken. Errors end the start. */
  begin?(): void | Promise<void>;
  /** The configuration was read again. */
  reload?(): void | Promise<void>;
  /** Before jobs are stopped. */
  stop?(options: Required<StopAgentOptions>): void | Promise<void>;
  /** When all jobs are stopped and the doors are closed; the store is still open. */
  close?(): void | Promise<void>;
}

export type MakePart = (world: AgentWorld) => AgentPart;

import type { Session } from './session.ts';

/** What an agent says of its versions. */
export interface AgentVersion {
  /** The agent's name. */
  readonly agent: string;
  readonly version: string;
  readonly protocol: number;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
}

/** One command an agent knows. */
export interface CommandInfo {
  readonly name: string;
  /** A `job` is kept and has a life; a `call` is answered and forgotten. */
  readonly sort: 'job' | 'call';
  /** One sentence. */
  readonly summary: string;
  /** JSON Schema of `arguments`. */
  readonly arguments: unknown;
}

export interface StopOptions {
  /** End the running jobs first; otherwise they go on, and the next agent takes them over. @default false */
  readonly drain?: boolean;
  /** Seconds the stop may take. @default as the agent is configured */
  readonly deadline?: number;
}

const AGAIN = { idempotent: true } as const;

/** What goes on without an agent that stops. */
export interface StopAnswer {
  /** Ids of running jobs that the next agent takes over; the first 1000. */
  readonly left: readonly string[];
  /** How many there are. */
  readonly count: number;
}

/** What a client may ask of the agent itself. Errors are AgentErrors. */
export class AgentApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Resolves to a text that begins with PONG. */
  ping(): Promise<string> {
    return this.#session.call('core.ping', undefined, AGAIN) as Promise<string>;
  }

  version(): Promise<AgentVersion> {
    return this.#session.call('core.version', undefined, AGAIN) as Promise<AgentVersion>;
  }

  /** Facts for people and dashboards: uptime, jobs by state, memory and more. */
  state(): Promise<Readonly<Record<string, unknown>>> {
    return this.#session.call('core.state', undefined, AGAIN) as Promise<Record<string, unknown>>;
  }

  /** Begins an ordered stop. Resolves when it has begun. */
  stop(options: StopOptions = {}): Promise<StopAnswer> {
    return this.#session.call('core.stop', options) as Promise<StopAnswer>;
  }

  /** Every command it knows. */
  commands(): Promise<CommandInfo[]> {
    return this.#session.call('command.list', undefined, AGAIN) as Promise<CommandInfo[]>;
  }
}

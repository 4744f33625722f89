/** The door for those who embed an agent in their own program. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Builtin } from '../engine/builtin.ts';
import { parseRate } from '../protocol/rate.ts';
import type { Rate } from '../protocol/rate.ts';
import type { Logger } from '../telemetry/logger.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { startAgent } from './agent.ts';
import type { Agent } from './agent-api.ts';
import { ConfigError } from './config-error.ts';
import { defaultConfig } from './config.ts';
import type { Config } from './config.ts';
import type { EmbeddedResources } from './resources/embedded-resources.ts';

export interface CreateAgentOptions {
  /** Where jobs, history and output are kept. Default: a temporary folder, removed when the agent stops. */
  readonly dataDir?: string;
  /** Shown to clients. Default: the host's name. */
  readonly name?: string;
  /** `unix:PATH`, `ws://HOST:PORT` (0: any free port). Default: a socket in the data folder, and a free port of 127.0.0.1. */
  readonly listen?: readonly string[];
  /** Built-ins beside the shipped ones. */
  readonly builtins?: readonly Builtin[];
  /** Types of resources and controllers beside the agent's own; `agent.state` is where they meet. */
  readonly resources?: EmbeddedResources;
  /** Live jobs at most, and processes running at once. Default: 100,000 and 1,000. */
  readonly jobs?: { readonly max?: number; readonly running?: number };
  readonly queues?: Readonly<
    Record<
      string,
      {
        readonly width?: number;
        readonly limit?: number;
        /** Runs that may start in a time: `10/s`, `90/m`, `1.5/h`. */
        readonly rate?: string;
        /** Runs that may start at once when none did for a while. Default: 1. */
        readonly burst?: number;
        readonly paused?: boolean;
      }
    >
  >;
  /** What a resolved write survives: `process` (any crash of a process, default) or `power` (of the machine). */
  readonly durability?: 'process' | 'power';
  /** Bytes of output kept of one job, and of all. Default: 64 MiB and 4 GiB. */
  readonly output?: { readonly jobBytes?: number; readonly agentBytes?: number };
  /** Directories that the commands for files are confined to, and whether those only read. Default: everything this process may touch. */
  readonly filesystem?: { readonly roots?: readonly string[]; readonly readOnly?: boolean };
  /** Default: nothing is logged. */
  readonly logger?: Logger;
}

/**
 * Starts an agent inside this process. Its jobs' processes end with it.
 *
 * Errors: ConfigError and AgentError for a folder, address or store that can't be used.
 */
export async function createAgent(options: CreateAgentOptions = {}): Promise<Agent> {
  const temporary = options.dataDir === undefined ? await mkdtemp(path.join(tmpdir(), 'corex-')) : undefined;
  const dataDir = path.resolve(options.dataDir ?? temporary ?? '');
  const remove = async (): Promise<void> => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const agent = await startAgent({
      config: configOf(options, dataDir),
      logger: options.logger ?? silentLogger,
      ...(options.builtins === undefined ? {} : { builtins: options.builtins }),
      ...(options.resources === undefined ? {} : { resources: options.resources }),
      onClosed: remove,
    });
    return agent;
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A unix socket's address holds no longer path. */
const LONGEST_SOCKET_PATH = 107;

function configOf(options: CreateAgentOptions, dataDir: string): Config {
  const standard = defaultConfig(dataDir, path.join(dataDir, 'run'));
  const queues = Object.entries(options.queues ?? {}).map(
    ([name, { width = 1, limit, rate, burst = 1, paused = false }]) =>
      [name, { width, limit, rate: rate === undefined ? undefined : readRate(name, rate), burst, paused }] as const,
  );
  return {
    ...standard,
    agent: {
      ...standard.agent,
      name: options.name ?? standard.agent.name,
      listen: options.listen ?? listenIn(dataDir),
      launcher: 'in-process',
    },
    jobs: { ...standard.jobs, ...options.jobs },
    queues: Object.fromEntries(queues),
    output: { ...standard.output, ...options.output },
    filesystem: {
      ...standard.filesystem,
      roots: (options.filesystem?.roots ?? []).map((root) => path.resolve(root)),
      isReadOnly: options.filesystem?.readOnly ?? false,
    },
    store: { durability: options.durability ?? standard.store.durability },
  };
}

function readRate(queue: string, text: string): Rate {
  const rate = parseRate(text);
  if (rate !== undefined) return rate;
  throw new ConfigError(`Cannot use "${text}" as the rate of the queue "${queue}": such as "10/s" or "90/m" is wanted`);
}

function listenIn(dataDir: string): string[] {
  const socket = path.join(dataDir, 'run', 'agent.sock');
  const port = 'ws://127.0.0.1:0';
  return Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH ? [`unix:${socket}`, port] : [port];
}

/** The configuration as the agent uses it: read once, checked, frozen; times in milliseconds, sizes in bytes. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { defaultDataDir } from '../client/data-dir.ts';
import type { QueueSettings } from '../engine/queues/queue-settings.ts';
import { parseRate } from '../protocol/rate.ts';
import type { Rate } from '../protocol/rate.ts';
import type { TlsFiles } from '../security/tls.ts';
import type { DesiredStartup } from '../startup/startup-entry.ts';
import { absoluteAddress } from './absolute-address.ts';
import { checkListen, checkWithin } from './check-config.ts';
import { checkCosi, type CosiConfig, cosiConfig } from './config-cosi.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { extensionsConfig, type ExtensionsConfig } from './config-extensions.ts';
import { checkContainers, containersConfig, type ContainersConfig } from './config-containers.ts';
import { filesystemConfig } from './config-filesystem.ts';
import { imagesConfig, type ImagesConfig } from './config-images.ts';
import type { SecretsConfig } from './config-secrets.ts';
import { settingsOfEnvironment, settingsOfFile, settingsOfFlags } from './config-sources.ts';
import type { ConfigFlag, Environment } from './config-sources.ts';
import { stateConfig, type StateConfig } from './config-state.ts';
import { statisticsConfig, type StatisticsConfig } from './config-statistics.ts';
import { defaultRuntimeDir } from './data-dir.ts';
import { readSettings, type PathResolver } from './read-settings.ts';
import { rememberSettings } from './settings-in-effect.ts';
import { readStartup } from './startup-files.ts';

/** Sockets beside those of sessions: health checks, metrics, connections that are refused. */
const SPARE_CONNECTIONS = 64;

export interface QueueConfig {
  readonly width: number;
  readonly limit: number | undefined;
  readonly rate: Rate | undefined;
  readonly burst: number;
  readonly paused: boolean;
}

export interface Config {
  readonly agent: {
    readonly name: string;
    readonly dataDir: string;
    readonly runtimeDir: string;
    /** `unix:PATH`, `ws://HOST:PORT`, `wss://HOST:PORT`. */
    readonly listen: readonly string[];
    /** Who owns the processes of jobs. */
    readonly launcher: 'keeper' | 'running-keeper' | 'in-process';
    /** No job gets more than few rights. Once it was true it is so for good. */
    readonly unprivileged: boolean;
  };
  readonly jobs: { readonly max: number; readonly running: number };
  readonly queues: Readonly<Record<string, QueueConfig>>;
  readonly history: { readonly ttlMs: number; readonly maxJobs: number };
  readonly output: {
    readonly jobBytes: number;
    readonly agentBytes: number;
    readonly memoryBytes: number;
    readonly drainMs: number;
  };
  readonly store: { readonly durability: 'process' | 'power' };
  readonly kill: { readonly graceMs: number; readonly cgroup: 'auto' | 'always' | 'never' };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
    /** Absolute; undefined: standard error. */
    readonly file: string | undefined;
    readonly maxBytes: number;
    readonly files: number;
  };
  readonly server: {
    readonly origins: readonly string[];
    readonly hosts: readonly string[];
    /** Absolute paths of PEM files. */
    readonly tls: TlsFiles | undefined;
    /** `connections`: open sockets of one listener, so that plain HTTP finds room beside the sessions. */
    readonly limits: {
      readonly sessions: number;
      readonly connections: number;
      readonly connectionsPerAddress: number;
    };
  };
  /** What callers may do with files. */
  readonly filesystem: ReturnType<typeof filesystemConfig>;
  readonly secrets: SecretsConfig;
  readonly state: StateConfig;
  readonly statistics: StatisticsConfig;
  readonly containers: ContainersConfig;
  readonly images: ImagesConfig;
  /** The gRPC service. */
  readonly cosi: CosiConfig;
  readonly extensions: ExtensionsConfig;
  /** What is started with the agent. */
  readonly startup: DesiredStartup;
}

export interface ConfigSources {
  /** `--config FILE`. Default: `COREX_CONFIG`, else the default place if there is a file. */
  readonly file?: string;
  readonly flags?: readonly ConfigFlag[];
  /** Default: the process's. */
  readonly environment?: Environment;
  /** What relative paths of flags and variables are relative to. Default: the process's. */
  readonly cwd?: string;
  /** Default: the process's. */
  readonly uid?: number;
}

/**
 * Reads the configuration: defaults, then the file, then variables, then flags.
 *
 * Errors: ConfigError naming the place, the key, the wrong value and what would be right.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { environment = process.env, cwd = process.cwd(), flags = [], uid = process.getuid?.() ?? 0 } = sources;
  const file = chooseFile(sources.file, environment, cwd, uid);
  const settings = [
    ...(file === undefined ? [] : settingsOfFile(file)),
    ...settingsOfEnvironment(environment, cwd),
    ...settingsOfFlags(flags, cwd),
  ];
  const { values, resolve, describe, giverOf } = readSettings(settings, cwd);
  const startup = readStartup(values.startup, {
    file: giverOf('startup') ?? '',
    resolve: (name) => resolve('startup', name),
  });
  const config = { ...fromFile(values, resolve, environment, uid), startup };
  checkListen(config.agent.listen, config.server.tls !== undefined, describe);
  checkCosi(config.cosi, describe);
  checkContainers(config.containers, describe);
  checkOutput(config.output, describe);
  rememberSettings(config, { values, originOf: giverOf });
  return deepFreeze(config);
}

function checkOutput(output: Config['output'], describe: (key: string) => string): void {
  const within = (inner: string, value: number, outer: string, bound: number): void =>
    checkWithin({ key: inner, value }, { key: outer, value: bound }, describe);
  within('output.job_bytes', output.jobBytes, 'output.agent_bytes', output.agentBytes);
}

/** The agent's own environment as it is now. A copy: each look at a value of `process.env` asks the system. */
export function ownEnvironment(): Environment {
  return { ...process.env };
}

/** The configuration with nothing given but a data directory: what embedders and tests start from. */
export function defaultConfig(dataDir: string, runtimeDir: string): Config {
  return loadConfig({
    environment: {},
    flags: [
      { key: 'agent.data_dir', value: dataDir, label: 'dataDir' },
      { key: 'agent.runtime_dir', value: runtimeDir, label: 'runtimeDir' },
    ],
  });
}

function chooseFile(flag: string | undefined, environment: Environment, cwd: string, uid: number): string | undefined {
  const named = flag ?? (environment['COREX_CONFIG'] === '' ? undefined : environment['COREX_CONFIG']);
  if (named !== undefined) return path.resolve(cwd, named);
  const file = defaultConfigFile(environment, uid);
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** `/etc/corex/corex.toml` for root, else `$XDG_CONFIG_HOME/corex/corex.toml`. */
function defaultConfigFile(environment: Environment, uid: number): string | undefined {
  if (uid === 0) return '/etc/corex/corex.toml';
  const { HOME: home = '', XDG_CONFIG_HOME: configHome = '' } = environment;
  const base = path.isAbsolute(configHome) ? configHome : path.join(home, '.config');
  return path.isAbsolute(base) ? path.join(base, 'corex', 'corex.toml') : undefined;
}

/** From the spelling of the file to that of the inside. The conversion stands here and nowhere else. */
function fromFile(
  file: ConfigFile,
  resolve: PathResolver,
  environment: Environment,
  uid: number,
): Omit<Config, 'startup'> {
  const { agent, output, log, server } = file;
  const dataDir = resolve('agent.data_dir', agent.data_dir) ?? defaultDataDir({ env: environment, uid });
  if (dataDir === undefined) {
    throw new ConfigError('Cannot find a data directory: neither "agent.data_dir", XDG_STATE_HOME nor HOME is set');
  }
  const tls = tlsFiles(server, resolve);
  const runtimeDir = resolve('agent.runtime_dir', agent.runtime_dir) ?? defaultRuntimeDir(environment, uid, dataDir);
  return {
    agent: {
      name: agent.name ?? hostname(),
      dataDir,
      runtimeDir,
      listen: (agent.listen ?? [`unix:${path.join(runtimeDir, 'agent.sock')}`, 'ws://127.0.0.1:7411']).map((address) =>
        absoluteAddress(address, (file) => resolve('agent.listen', file)),
      ),
      launcher: agent.launcher,
      unprivileged: agent.unprivileged,
    },
    jobs: file.jobs,
    queues: Object.fromEntries(
      Object.entries(file.queues).map(([name, { rate, ...queue }]) => [
        name,
        { ...queue, limit: queue.limit, rate: rate === undefined ? undefined : parseRate(rate) },
      ]),
    ),
    history: { ttlMs: file.history.ttl * 1000, maxJobs: file.history.max_jobs },
    output: {
      jobBytes: output.job_bytes,
      agentBytes: output.agent_bytes,
      memoryBytes: output.memory_bytes,
      drainMs: output.drain * 1000,
    },
    store: file.store,
    kill: { graceMs: file.kill.grace * 1000, cgroup: file.kill.cgroup },
    log: {
      level: log.level,
      file: log.file === undefined ? undefined : path.resolve(dataDir, log.file),
      maxBytes: log.max_bytes,
      files: log.files,
    },
    server: {
      origins: server.origins,
      hosts: server.hosts,
      tls,
      limits: {
        sessions: server.max_connections,
        connections: server.max_connections + SPARE_CONNECTIONS,
        connectionsPerAddress: server.max_connections_per_address,
      },
    },
    filesystem: filesystemConfig(file.filesystem, (root) => resolve('filesystem.roots', root)),
    secrets: { directory: resolve('secrets.directory', file.secrets.directory), env: file.secrets.env },
    state: stateConfig(file.state),
    statistics: statisticsConfig(file.statistics),
    images: imagesConfig(file.images, resolve),
    containers: containersConfig(file.containers, (root) => resolve('containers.mounts', root)),
    cosi: cosiConfig(file.cosi, resolve, tls),
    extensions: extensionsConfig(file, resolve),
  };
}

function tlsFiles(server: ConfigFile['server'], resolve: PathResolver): Config['server']['tls'] {
  const cert = resolve('server.tls_cert', server.tls_cert);
  const key = resolve('server.tls_key', server.tls_key);
  const clientCa = resolve('server.tls_client_ca', server.tls_client_ca);
  if (cert !== undefined && key !== undefined) {
    return { certFile: cert, keyFile: key, ...(clientCa === undefined ? {} : { clientCaFile: clientCa }) };
  }
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  throw new ConfigError('Cannot use TLS: "server.tls_cert" and "server.tls_key" are both needed');
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}

/** The configured queues as the engine takes them. */
export function queueSettings(config: Config): Record<string, QueueSettings> {
  return Object.fromEntries(
    Object.entries(config.queues).map(([name, { width, limit, rate, burst, paused }]) => [
      name,
      { width, paused, ...(limit === undefined ? {} : { limit }), ...(rate === undefined ? {} : { rate, burst }) },
    ]),
  );
}

/**
 * The whole configuration as it is written: one TOML file, every key of which can also be given as a
 * variable or a flag. Times are seconds, sizes are bytes or a text with its unit.
 *
 * To add a key: a row here, a member in `config.ts`. The documents follow.
 */
import * as z from 'zod';
import { RateText } from '../protocol/rate.ts';
import { DEFAULT_SERVER_LIMITS } from '../server/limits.ts';
import { bytes } from './config-bytes.ts';
import { CosiSection } from './config-cosi.ts';
import { Extensions, ExtensionTables, PluginTables } from './config-extensions.ts';
import { ContainersSection } from './config-containers.ts';
import { FilesystemSection } from './config-filesystem.ts';
import { ImagesSection } from './config-images.ts';
import { SecretsSection } from './config-secrets.ts';
import { StartupSection } from './config-startup.ts';
import { StateSection } from './config-state.ts';
import { StatisticsSection } from './config-statistics.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const seconds = z.number().min(0).max(1_000_000_000);
const file = z.string().min(1);

const Agent = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('What the agent calls itself. Default: the name of the machine.'),
  data_dir: file
    .optional()
    .describe('Where everything is kept. Default: `$XDG_STATE_HOME/corex`; `/var/lib/corex` for root.'),
  runtime_dir: file
    .optional()
    .describe(
      'Where sockets are; short. Default: `$XDG_RUNTIME_DIR/corex`, `/run/corex` for root, else `/tmp/corex-<uid>`.',
    ),
  listen: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Addresses to listen on: `unix:PATH`, `ws://HOST:PORT`, `wss://HOST:PORT`. Default: `unix:<runtime_dir>/agent.sock` and `ws://127.0.0.1:7411`.',
    ),
  unprivileged: z
    .boolean()
    .default(false)
    .describe(
      'Jobs get few capabilities and no new privileges, whoever they run as. Can’t be taken back: once it was true, it is for this data directory.',
    ),
  launcher: z
    .enum(['keeper', 'running-keeper', 'in-process'])
    .default(process.platform === 'linux' ? 'keeper' : 'in-process')
    .describe(
      'Who owns the processes of jobs: a keeper, a process of its own with which they outlive the agent and which it starts when there is none; a keeper that somebody else starts and sees after (`corex keeper`, `corex init`); or the agent, with which they end. Default: `keeper` on Linux, elsewhere `in-process`.',
    ),
});

const Jobs = z.strictObject({
  max: z.int().min(1).default(100_000).describe('Live jobs, waiting ones included; more are refused with 429.'),
  running: z.int().min(1).default(10_000).describe('Processes that may run at once; more wait, in order.'),
});

const Queue = z.strictObject({
  width: z.int().min(1).default(1).describe('Jobs that may be active at once.'),
  limit: z.int().min(0).optional().describe('Jobs that may wait; more are refused with 429. Default: no limit.'),
  rate: RateText.optional().describe(
    'Runs that may start in a time: `10/s`, `90/m`, `1.5/h`. Default: as many as the width lets.',
  ),
  burst: z.int().min(1).default(1).describe('Runs that may start at once when none did for a while, with a rate.'),
  paused: z.boolean().default(false).describe('Whether the queue is paused when the agent starts.'),
});

const History = z.strictObject({
  ttl: seconds.default(86_400).describe('Seconds a settled job is kept whose command says nothing else.'),
  max_jobs: z.int().min(0).default(100_000).describe('Settled jobs that are kept; the oldest go first.'),
});

const Output = z.strictObject({
  job_bytes: bytes(64 * KIB)
    .prefault(64 * MIB)
    .describe('Output kept of one job; the oldest goes first, with a gap.'),
  agent_bytes: bytes(MIB)
    .prefault(4 * GIB)
    .describe('Output kept of all jobs together.'),
  memory_bytes: bytes(0)
    .prefault(32 * MIB)
    .describe('Output of all runs together that may be held in memory.'),
  drain: seconds
    .max(60)
    .default(0.3)
    .describe('Seconds to wait for the end of the output after the main process ended.'),
});

const Store = z.strictObject({
  durability: z
    .enum(['process', 'power'])
    .default('process')
    .describe('What an acknowledged write survives: the death of any process, or the loss of power too.'),
});

const Kill = z.strictObject({
  grace: seconds.default(10).describe('Seconds between TERM and KILL for a command that says nothing else.'),
  cgroup: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe(
      'When programs get a control group of their own, from which nothing flees a kill: when a command asks for one, always, or never.',
    ),
});

const Log = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('The least that is logged.'),
  file: file.optional().describe('File to log to, relative to the data directory. Default: standard error.'),
  max_bytes: bytes(64 * KIB)
    .prefault(16 * MIB)
    .describe('Size at which the file is exchanged for an empty one.'),
  files: z.int().min(0).max(100).default(3).describe('Exchanged files that are kept.'),
});

const Server = z.strictObject({
  origins: z
    .array(z.string().min(1))
    .default([])
    .describe('Origins whose web pages may connect, such as `https://example.com`.'),
  hosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Names under which the agent is reached beside the addresses it listens on.'),
  tls_cert: file.optional().describe('Certificate chain for `wss://`, PEM.'),
  tls_key: file.optional().describe('Private key for `wss://`, PEM.'),
  tls_client_ca: file.optional().describe('Clients must show a certificate signed by these, PEM.'),
  max_connections: z
    .int()
    .min(1)
    .max(65_536)
    .default(DEFAULT_SERVER_LIMITS.sessions)
    .describe('WebSocket connections at once; more are told to try later.'),
  max_connections_per_address: z
    .int()
    .min(1)
    .max(65_536)
    .default(DEFAULT_SERVER_LIMITS.connectionsPerAddress)
    .describe('Connections from one remote address.'),
});

/** The configuration file. Every section may be missing. */
export const ConfigFile = z.strictObject({
  agent: Agent.prefault({}).describe('The agent itself.'),
  jobs: Jobs.prefault({}).describe('How many jobs.'),
  queues: z.record(z.string().min(1).max(256), Queue).default({}).describe('Queues that exist from the start.'),
  history: History.prefault({}).describe('What is kept of settled jobs.'),
  output: Output.prefault({}).describe('What is kept of what jobs write.'),
  store: Store.prefault({}).describe('The database.'),
  kill: Kill.prefault({}).describe('How jobs are ended.'),
  log: Log.prefault({}).describe('The agent’s own log.'),
  server: Server.prefault({}).describe('The WebSocket server.'),
  filesystem: FilesystemSection.prefault({}).describe('What the commands for files may touch.'),
  secrets: SecretsSection.prefault({}).describe('Where the values of secrets are.'),
  state: StateSection.prefault({}).describe('What is kept of resources.'),
  statistics: StatisticsSection.prefault({}).describe('What is kept of what jobs use and report.'),
  containers: ContainersSection.prefault({}).describe('What containers may be.'),
  images: ImagesSection.prefault({}).describe('Which images may come here, and how large they may be.'),
  cosi: CosiSection.prefault({}).describe('The state as a gRPC service.'),
  startup: StartupSection.prefault({}).describe('What is started with the agent.'),
  extensions: Extensions.prefault({}).describe('Where commands that run programs are from.'),
  extension: ExtensionTables,
  plugin: PluginTables,
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** The sections with keys of their own, by name: what variables, flags and the documents go by. */
export const SECTIONS = {
  agent: Agent,
  jobs: Jobs,
  history: History,
  output: Output,
  store: Store,
  kill: Kill,
  log: Log,
  server: Server,
  filesystem: FilesystemSection,
  secrets: SecretsSection,
  state: StateSection,
  statistics: StatisticsSection,
  containers: ContainersSection,
  images: ImagesSection,
  cosi: CosiSection,
  extensions: Extensions,
} as const;
export const QueueSection = Queue;

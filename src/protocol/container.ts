/** What containers are on the wire, and as resources: what is wished for, and what is so. */
import { isIPv4 } from 'node:net';

import * as z from 'zod';

/** Where a container stands. */
export const ContainerState = z.enum(['created', 'starting', 'running', 'stopping', 'stopped']);
export type ContainerState = z.infer<typeof ContainerState>;

/** Mode bits of a file that is copied in. */
export const FileMode = z.int().min(0).max(0o777);

const Text = z.string().refine((text) => !text.includes('\0'), 'must not contain NUL');

/** An absolute path of a container in its shortest form. */
export const InnerPath = Text.max(4095).refine(
  isPlainPath,
  'must begin with "/", without "." , ".." or a "/" at its end',
);

const ContainerName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'must be 1 to 63 letters, digits, "_", "." and "-", a letter or digit first',
  )
  .describe('Its name, which no other container has while it is there.');

export const EntryPoint = z.strictObject({
  path: Text.min(1).describe('The program: a path in the container, or a name looked for in its PATH.'),
  args: z.array(Text).describe('Arguments, handed over as they are. No shell reads them.'),
  dir: InnerPath.optional().describe('Working directory. Default: that of the image, else `/`.'),
});
export type EntryPoint = z.infer<typeof EntryPoint>;

const MOST_MEMORY_MB = 16 * 1024 * 1024;

/** What everything in it may use together, each as a number from 1. */
export const ContainerLimits = z.strictObject({
  memory_mb: z.int().min(6).max(MOST_MEMORY_MB).describe('Memory, MiB.'),
  cpu_mhz: z.int().min(1).max(100_000_000).describe('Processor time, as MHz of the machine’s processors.'),
  pids: z.int().min(1).max(4_194_304).describe('Processes and threads.'),
});
export type ContainerLimits = z.infer<typeof ContainerLimits>;

const ContainerMount = z
  .union([
    z.strictObject({
      target: InnerPath,
      source: Text.min(1).describe('An absolute path of the machine, below a directory the configuration names.'),
      writable: z.boolean().optional().describe('Whether the container may change it. Default: no.'),
    }),
    z.strictObject({
      target: InnerPath,
      tmpfs: z.literal(true),
      size: z.int().min(4096).optional().describe('Bytes. Default: 64 MiB.'),
    }),
  ])
  .describe('Something of the machine, or memory as a file system, at a place in the container.');

const ContainerNetwork = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,31}$/, 'must be "none", "host", "bridge" or the name of a network')
  .describe(
    '`none`: nobody but itself · `host`: the machine’s · `bridge`, or the name of a network that containers share.',
  );

const Port = z.int().min(1).max(65_535);

const ContainerPort = z.strictObject({
  host: Port,
  container: Port,
  host_ip: z
    .string()
    .refine(isIPv4, 'must be an IPv4 address of the machine, as in "127.0.0.1": networks of containers have no IPv6')
    .optional()
    .describe('The address of the machine at which the port is. Default: all.'),
  protocol: z.enum(['tcp', 'udp']).optional().describe('Default: tcp.'),
});

export const Environment = z.record(
  Text.min(1).refine((name) => !name.includes('='), 'must not contain "="'),
  Text,
);

const User = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$/, 'must be a user, or a user and a group as in "1000:1000"')
  .describe('A user, or `user:group`, by name or number. Default: that of the image, else root.');

/** What of a container callers choose, each with a setter of its own. */
export const ContainerWish = z.strictObject({
  name: ContainerName,
  image: Text.min(1)
    .max(4096)
    .optional()
    .describe('What its root is made of: a reference, a directory, an archive. Settled by the first start.'),
  entry_point: EntryPoint.optional(),
  env: Environment,
  user: User.optional(),
  users: z
    .enum(['own', 'host'])
    .optional()
    .describe(
      '`own`: root in it is nobody on the machine · `host`: the machine’s own users, where the configuration allows it. Settled by the first start. Default: own.',
    ),
  hostname: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/, 'must be 1 to 63 letters, digits, "." and "-"')
    .optional(),
  limits: ContainerLimits,
  mounts: z.array(ContainerMount).max(64),
  network: ContainerNetwork,
  ports: z.array(ContainerPort).max(64),
  tags: z.array(Text.min(1).max(256)).max(64),
  capabilities: z.array(z.string()).max(64).describe('Rights beside those every container has, such as `net_raw`.'),
  read_only: z.boolean().describe('Nothing of its root can be changed.'),
  terminal: z
    .strictObject({ columns: z.int().min(1).max(10_000), rows: z.int().min(1).max(10_000) })
    .optional()
    .describe('Its main process has a terminal of this size.'),
  open_stdin: z.boolean().describe('Standard input of the main process stays open for `job.stdin`.'),
  stop_signal: z
    .string()
    .optional()
    .describe('What asks its main process to end. Default: that of the image, else TERM.'),
  stop_grace: z.number().min(0).max(86_400).describe('Seconds between that and KILL.'),
  auto_remove: z.boolean().describe('It is removed when its main process has ended.'),
});
export type ContainerWish = z.infer<typeof ContainerWish>;

/** A file that waits to be copied in. */
export const PendingFile = z.strictObject({
  sequence: z.int().min(1).describe('Grows with each file of a container.'),
  path: InnerPath,
  mode: FileMode,
  size: z.int().min(0),
  source: z.string().describe('Names its bytes, which the agent keeps until then.'),
  archive: z
    .strictObject({ name: Text.optional().describe('Its entry that is `path` itself where that is no directory.') })
    .optional()
    .describe('They are a tar archive, which is unpacked in the directory `path`.'),
});
export type PendingFile = z.infer<typeof PendingFile>;

/** A container as it was committed: what is wished for. */
export const ContainerConfig = ContainerWish.extend({
  number: z.int().min(1).describe('Its number, in the results of what runs in it. Never given twice.'),
  created: z.int().describe('When it was first committed, milliseconds since 1970.'),
  version: z.int().min(1).describe('Grows by one with each commit, and with nothing else.'),
  run_state: z.enum(['created', 'running', 'stopped']).describe('Whether it is to run.'),
  starts: z.int().min(0).describe('How often its main process was to be started.'),
  files: z.array(PendingFile),
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;

const ExitSchema = z.union([z.strictObject({ code: z.int() }), z.strictObject({ signal: z.string() })]);

/** A process of a container. */
export const ContainerProcess = z.strictObject({
  id: z.string().describe('Id of the process, which is that of its job.'),
  command: z.string().optional().describe('What it runs, in a line for people.'),
  state: z.enum(['starting', 'started', 'exited']),
  pid: z.int().optional().describe('As the machine numbers it.'),
  started: z.int().optional().describe('Milliseconds since 1970.'),
  finished: z.int().optional().describe('Milliseconds since 1970.'),
  exit: ExitSchema.optional().describe('How it ended; missing when nobody knows.'),
  exit_code: z.int().optional().describe('Its exit code, or 128 and the signal’s number.'),
  reason: z.string().optional().describe('Why it ended: `exited`, `signaled`, `killed`, `out-of-memory`, `lost`, …'),
  message: z.string().optional().describe('The same in words, where there is more to say.'),
});
export type ContainerProcess = z.infer<typeof ContainerProcess>;

const CONTAINER_EVENTS = ['created', 'started', 'stopped', 'failed', 'removed'] as const;

export const ContainerEvent = z.strictObject({
  number: z.int().min(1).describe('Grows by one with each event of a container.'),
  event: z.enum(CONTAINER_EVENTS),
  at: z.int().describe('Milliseconds since 1970.'),
  version: z.int().describe('Of the configuration it happened under.'),
  message: z.string().optional(),
});
export type ContainerEvent = z.infer<typeof ContainerEvent>;

const Failure = z.strictObject({ version: z.int(), code: z.string(), message: z.string() });

/** A container as it is. */
export const ContainerStatus = z.strictObject({
  name: ContainerName,
  state: ContainerState,
  paused: z.boolean(),
  version: z.int().min(0).describe('Of the configuration that was last carried out.'),
  starts: z.int().min(0).describe('How often its main process was started, or could not be.'),
  files: z.int().min(0).describe('Sequence of the last file that was copied in.'),
  entering: z.int().optional().describe('The same of the files that go in with the start under way.'),
  failure: Failure.optional().describe('What of the configuration could not be carried out.'),
  main: ContainerProcess.optional(),
  execs: z.array(ContainerProcess).describe('Its other processes; of those that ended the newest.'),
  events: z.array(ContainerEvent).describe('The newest.'),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

/** One container among others. */
export const ContainerInfo = z.strictObject({
  id: z.string(),
  name: ContainerName,
  number: z.int(),
  image: z.string().optional(),
  state: ContainerState,
  paused: z.boolean(),
  created: z.int(),
  version: z.int(),
  tags: z.array(z.string()),
  pid: z.int().optional(),
  exit_code: z.int().optional(),
});
export type ContainerInfo = z.infer<typeof ContainerInfo>;

/** What a commit did. */
export const ContainerCommit = z.strictObject({
  id: z.string(),
  version: z.int(),
  state: ContainerState,
  main: z.string().optional().describe('Id of the job that is the main process, of the present run or the last.'),
  ignored: z.array(z.string()).optional().describe('What was not changed, since the container runs: `limits`.'),
});
export type ContainerCommit = z.infer<typeof ContainerCommit>;

function isPlainPath(path: string): boolean {
  if (path === '/') return true;
  return (
    path.startsWith('/') &&
    path
      .split('/')
      .slice(1)
      .every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

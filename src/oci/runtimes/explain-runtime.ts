import { type JsonObject, parseJson } from '../../base/json.ts';
import { truncateText } from '../../base/truncate-text.ts';
import type { ErrorName } from '../../protocol/error-codes.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** What runtimes say, what it means, and what would be right. The first that fits counts. */
const MEANINGS: readonly (readonly [pattern: RegExp, code: ErrorName, advice: string])[] = [
  [
    /cgroups in hybrid mode not supported/,
    'not-able',
    'this runtime can not work with both versions of control groups; use runc',
  ],
  [
    /container(?: `[^`]*`)? (?:with given ID )?already exists|container id .* exists/i,
    'container-exists',
    'a container of this id is there already',
  ],
  [
    /container(?: `[^`]*`)? does not exist|(?:cannot open|cannot rm state) directory .*No such file|\/status`?: No such file/i,
    'unknown-container',
    'there is no container of this id',
  ],
  [
    /exec(?:utable)? ?(?:file)?.*not found in \$PATH|executable file `[^`]*` not found|exec(?::|ute) .*(?:stat .*: )?no such file or directory|exec.* `[^`]*`: No such file/i,
    'no-such-program',
    'the program is not in the container',
  ],
  [
    /chdir (?:to )?(?:cwd|`)|cannot chdir|mkdir [^:]*: not a directory|mkdir_p|cwd/i,
    'bad-directory',
    'the working directory is missing in the container, or is none',
  ],
  [
    /exec(?::|ute) .*(?:permission denied|is a directory)|open executable: Permission denied|exec.* `[^`]*`: Permission denied|is not a regular file/i,
    'not-executable',
    'the program in the container may not be executed',
  ],
  [
    /exec format error/i,
    'not-executable',
    'the program was made for another kind of machine, or is a script without "#!"',
  ],
  [/setting rlimit/i, 'forbidden', 'a limit of its processes is higher than the agent may set'],
  [/memory limit|unable to set memory limit/i, 'bad-arguments', 'the memory limit is too low to start anything'],
  [
    /exec\.fifo`?: No such file|cannot (?:exec|start).*(?:paused|stopped)|container not running|not running|(?:is|container) not paused|cannot start an already running|already running|not stopped|is not in [^"]* state|status.*not.*(?:running|created|paused)/i,
    'not-running',
    'the container is in another state',
  ],
  [/namespace path|setns|joining.*namespace/i, 'no-such-file', 'the network it is to join is not there'],
  [
    /invalid rootfs|rootfs.*no such file|open rootfs|realpath.*root|make `[^`]*` private/i,
    'no-such-file',
    'the root of the container is not there',
  ],
  [/(?:mount|stat'ing file|open).*no such file or directory/i, 'no-such-file', 'something it is made of is not there'],
  [/(?:id mapping|newuidmap|newgidmap|uid_map|gid_map|user namespace)/i, 'not-able', 'users can not be mapped here'],
  [/seccomp/i, 'not-able', 'system calls can not be filtered here'],
  [/no space left|disk quota/i, 'no-space', 'the disk is full'],
  [
    /resource temporarily unavailable|cannot allocate memory|too many open files/i,
    'no-resources',
    'the machine has too little left',
  ],
  [/cgroup/i, 'not-able', 'control groups can not be used as asked'],
  [/permission denied|operation not permitted/i, 'forbidden', 'the agent may not do this'],
];

const MOST_BYTES = 1000;

/** The error for what a runtime said when it refused to do something: `action` completes "Cannot …". */
export function explainRuntime(action: string, said: string): AgentError {
  const clean = truncateText(said.replaceAll(/\s+/g, ' ').trim(), MOST_BYTES);
  const [, code, advice] = MEANINGS.find(([pattern]) => pattern.test(clean)) ?? [];
  const reason = advice === undefined ? clean : `${advice} (${clean})`;
  return new AgentError(code ?? 'failed', `Cannot ${action}: ${reason}`, { details: { runtime: clean } });
}

/**
 * The last error in a runtime's log of JSON lines; undefined when there is none. Other lines are passed over, unless there
 * are no others: what comes before the runtime could not be done.
 */
export function lastErrorOf(log: string): string | undefined {
  for (const line of log.split('\n').toReversed()) {
    const entry = parse(line);
    if (entry?.level === 'error' || entry?.level === 'fatal') return entry.msg;
  }
  const isForeign = log.trim() !== '' && log.split('\n').every((line) => parse(line) === undefined);
  return isForeign ? log.trim() : undefined;
}

function parse(line: string): { level: string; msg: string } | undefined {
  const parsed = parseJson(line);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return undefined;
  const { level, msg } = parsed.value as JsonObject;
  return typeof level === 'string' && typeof msg === 'string' ? { level, msg } : undefined;
}

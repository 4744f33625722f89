/**
 * Confines a program by what stands before it: a chain of the system's own programs, each of which
 * executes the next and so becomes it. The process stays the same, with its pid, session and streams.
 *
 * ```
 * sh (join control groups) ▶ nice ▶ prlimit ▶ setpriv ▶ sh (check, report, close fd 3) ▶ env ▶ the program
 * ```
 *
 * What is not asked for is left out. Whoever starts the chain gives it a pipe as fd 3; what is said
 * there until it ends is read by `parsePrefixStatus()`. Until the rights are dropped, nothing of the
 * command has any influence: its environment travels as the values of variables with names of our
 * own, so that no loader or shell heeds it, and its arguments are never read as shell text.
 */
import { RUN_MARKER, type SpawnSpec } from '../launcher.ts';
import type { ResourceLimits } from './resource-limits.ts';
import type { ConfineTools } from './tools.ts';
import { isUnprivilegedCapability, UNPRIVILEGED_CAPABILITIES } from './unprivileged.ts';

export type Confinement = Pick<
  SpawnSpec,
  'program' | 'args' | 'user' | 'limits' | 'niceness' | 'capabilities' | 'noNewPrivileges' | 'unprivileged'
>;

/** What to start in place of the program, with a pipe as fd 3. */
export interface ExecPrefix {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface MissingTools {
  /** What this machine lacks for what was asked. */
  readonly missing: readonly string[];
}

/** Names of the variables that carry the environment, and of those the scripts use. */
const CARRIER = 'COREX_CARRY';

/** Variables that a shell sets by itself, or treats unlike others: `env` sets them after the last shell. */
const SHELL_OWNS =
  /^(_|PWD|OLDPWD|SHLVL|E?UID|PPID|GROUPS|S?RANDOM|SECONDS|LINENO|OPT(IND|ARG|ERR)|DIRSTACK|FUNCNAME|PIPESTATUS|HISTCMD|EPOCH\w*|SHELLOPTS|BASH.*|COMP_.*|COREX_CARRY.*)$/;

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Takes the 19th word of its own stat line: the niceness. The name in it is the shell's and has no blanks. */
const READ_NICENESS = `read -r ${`${CARRIER}_X `.repeat(18)}${CARRIER}_NICE ${CARRIER}_X </proc/self/stat`;

/**
 * Arguments: wanted niceness or "-", path of nice, files to join, "--", the rest of the chain.
 * From here on errors go to fd 3; fd 4 keeps the run's own standard error.
 */
const JOIN = `exec 4>&2 2>&3
${CARRIER}_WANT=$1 ${CARRIER}_TOOL=$2
shift 2
while [ "$1" != -- ]; do
  echo 0 >"$1" || { printf 'cgroup %s\\n' "$1"; exit 1; } >&3
  shift
done
shift
[ "$${CARRIER}_WANT" = - ] && exec "$@"
${READ_NICENESS} || { echo niceness; exit 1; } >&3
exec "$${CARRIER}_TOOL" -n $((${CARRIER}_WANT - ${CARRIER}_NICE)) "$@"
`;

/**
 * Arguments: the program, wanted niceness or "-", how many variables are carried, the last command.
 * \`nice\` starts the program even when it may not do what it should, so that is looked at here.
 */
const HAND_OVER = `if [ "$2" != - ]; then
  ${READ_NICENESS}
  [ "$${CARRIER}_NICE" = "$2" ] || { printf 'niceness %s\\n' "$2"; exit 1; } >&3
fi
[ -x "$1" ] || { printf 'exec %s\\n' "$1"; exit 126; } >&3
${CARRIER}=$3
shift 3
while [ "$${CARRIER}" -gt 0 ]; do
  ${CARRIER}=$((${CARRIER} - 1))
  eval "export \\"\\$${CARRIER}_$${CARRIER}\\"; unset ${CARRIER}_$${CARRIER}"
done
echo ok >&3
exec "$@" 2>&4 3>&- 4>&-
`;

/**
 * What to start so that the program comes to run as asked; undefined when nothing is asked and it is
 * started as it is. `env` is the program's whole environment, the run's marker included;
 * `procsFiles` are the `cgroup.procs` of the control groups to join; `mayBound` says whether this process may take
 * capabilities from the bounding set.
 */
export function execPrefix(
  spec: Confinement,
  env: Readonly<Record<string, string>>,
  procsFiles: readonly string[],
  tools: ConfineTools,
  mayBound = true,
): ExecPrefix | MissingTools | undefined {
  const { niceness } = spec;
  const limits = limitOptions(spec.limits);
  const privileges = privilegeOptions(spec, mayBound);
  const isAsked = procsFiles.length + limits.length + privileges.length > 0 || niceness !== undefined;
  if (!isAsked) return undefined;
  const missing = new Set<string>();
  const tool = (name: keyof ConfineTools): string => {
    const file = tools[name];
    if (file === undefined) missing.add(name);
    return file ?? name;
  };
  const carried = carry(env);
  const wanted = niceness === undefined ? '-' : String(niceness);
  const shell = tool('sh');
  const args = [
    ...['-c', JOIN, 'corex', wanted, niceness === undefined ? '-' : tool('nice'), ...procsFiles, '--'],
    ...(limits.length === 0 ? [] : [tool('prlimit'), ...limits]),
    ...(privileges.length === 0 ? [] : [tool('setpriv'), ...privileges]),
    ...[shell, '-c', HAND_OVER, 'corex', spec.program, wanted, String(carried.count)],
    ...[tool('env'), ...carried.options],
    // `env` takes a word with "=" for a variable; `nice` takes it for a program.
    ...(spec.program.includes('=') ? [tool('nice'), '-n', '0'] : []),
    ...[spec.program, ...spec.args],
  ];
  return missing.size > 0 ? { missing: [...missing] } : { program: shell, args, env: carried.env };
}

function limitOptions(limits: ResourceLimits = {}): string[] {
  return Object.entries(limits).map(([name, { soft, hard }]) => `--${name}=${String(soft)}:${String(hard)}`);
}

/** For a program that isn't root's, capabilities have to be ambient to be there after it was executed. */
function privilegeOptions(
  { user, capabilities, noNewPrivileges, unprivileged = false }: Confinement,
  mayBound: boolean,
): string[] {
  const options: string[] = [];
  if (user !== undefined) {
    const groups = user.groups ?? [];
    options.push(`--reuid=${String(user.uid)}`, `--regid=${String(user.gid)}`);
    options.push(groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`);
  }
  if (noNewPrivileges === true || unprivileged) options.push('--no-new-privs');
  const allowed = unprivileged ? capabilities?.filter((name) => isUnprivilegedCapability(name)) : capabilities;
  const most = allowed ?? (unprivileged ? UNPRIVILEGED_CAPABILITIES : undefined);
  if (most === undefined) return options;
  // What is inherited would come back when root executes something; what is in the bounding set only may.
  const inherited = only(allowed ?? []);
  // Who may not change the set asked for it in a command, and is told so; else it is known not to be needed.
  if (mayBound || !unprivileged) options.push(`--bounding-set=${only(most)}`);
  options.push(`--inh-caps=${inherited}`, `--ambient-caps=${inherited}`);
  return options;
}

function only(capabilities: readonly string[]): string {
  return ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
}

interface Carried {
  /** Of the chain. */
  readonly env: Readonly<Record<string, string>>;
  readonly count: number;
  /** Of the last `env`: what the shells added is taken out, what they can't carry is set. */
  readonly options: readonly string[];
}

function carry(env: Readonly<Record<string, string>>): Carried {
  const chain: Record<string, string> = {};
  const set: string[] = [];
  let count = 0;
  for (const [name, value] of Object.entries(env)) {
    if (name === RUN_MARKER) {
      // Looked for in /proc from the first moment on.
      chain[name] = value;
    } else if (SHELL_NAME.test(name) && !SHELL_OWNS.test(name)) {
      chain[`${CARRIER}_${String(count)}`] = `${name}=${value}`;
      count += 1;
    } else {
      set.push(`${name}=${value}`);
    }
  }
  const unset = ['PWD', 'OLDPWD', 'SHLVL', '_'].flatMap((name) => ['-u', name]);
  return { env: chain, count, options: [...unset, '--', ...set] };
}

/** Variables of the agent's own environment that every child gets. Nothing else passes: secrets stay here. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]);

/** Locale categories: `LC_ALL`, `LC_CTYPE`, … */
const PASSED_ON_PREFIX = 'LC_';

/** What `PATH` is when neither the agent nor the command has one. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Environment variable that tells a process the id of its job. */
const JOB_ID = 'COREX_JOB_ID';

/** Environment variable that hands a trace on to a process, as OpenTelemetry has it. */
const TRACE_CONTEXT = 'TRACEPARENT';

export interface ChildEnvironmentOptions {
  /** The agent's environment. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** The command's variables. They win over the agent's. */
  readonly given?: Readonly<Record<string, string>>;
  readonly jobId: string;
  /** The W3C trace context it is to go on with, unless the command gives it another. */
  readonly traceparent?: string | undefined;
}

/** The whole environment of a job's process: an allow-list of the agent's, the command's, and the job's id and trace. */
export function childEnvironment({
  own,
  given = {},
  jobId,
  traceparent,
}: ChildEnvironmentOptions): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const name of Object.keys(own)) {
    const value = PASSED_ON.has(name) || name.startsWith(PASSED_ON_PREFIX) ? own[name] : undefined;
    if (value !== undefined) env[name] = value;
  }
  if (traceparent !== undefined) env[TRACE_CONTEXT] = traceparent;
  return { ...env, ...given, [JOB_ID]: jobId };
}

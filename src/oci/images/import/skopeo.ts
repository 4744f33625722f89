/** skopeo, which speaks to registries. Passwords are in a file it reads, never among its words. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { runHelper, type HelperEnd } from '../../../host/helper-program.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import type { ErrorName } from '../../../protocol/error-codes.ts';
import { referenceText, type Reference } from '../reference.ts';

export interface RegistrySettings {
  /** Registries, `host:port`, that are spoken to without TLS, or whose certificate is not checked. */
  readonly insecure: readonly string[];
  /** File with the names and passwords for registries, as `skopeo login` writes it. */
  readonly authFile: string | undefined;
  /** Policy of signatures. Default: that of the machine, if it has one; without, any image is taken. */
  readonly signaturePolicy: string | undefined;
  /** Variables it gets: the search path, proxies, certificates. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is asked of a registry. */
export interface RegistryWork {
  /** The words behind the options, with fixed places. */
  readonly verb: 'copy' | 'inspect';
  readonly options: readonly string[];
  readonly operands: readonly string[];
  /** Where it runs and keeps what is temporary. */
  readonly directory: string;
  readonly outputFile?: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

const MACHINE_POLICY = '/etc/containers/policy.json';
/** Times a transfer is begun again when the network fails. */
const RETRIES = '2';

/** What skopeo says, and what that means. The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, ErrorName])[] = [
  [/unauthorized|authentication required|denied|forbidden|invalid username/i, 'forbidden'],
  [/manifest unknown|name unknown|not found|does not exist|404/i, 'unknown-image'],
  [/no space left/i, 'no-space'],
  [/signature|policy/i, 'forbidden'],
  [
    /no such host|refused|timeout|timed out|unreachable|reset by peer|EOF|x509|certificate|tls|HTTPS client|dial |lookup /i,
    'unreachable',
  ],
  [/digest|manifest|unsupported|schema|invalid/i, 'bad-image'],
];

/** Errors: AgentError `not-able` without skopeo; `unreachable`, `forbidden`, `unknown-image`, `bad-image`, `no-space`, `failed`; the signal's reason. */
export async function askRegistry(settings: RegistrySettings, reference: Reference, work: RegistryWork): Promise<void> {
  const program = await findSkopeo(settings.env['PATH'] ?? '');
  const isInsecure = settings.insecure.includes(reference.registry);
  const side = work.verb === 'copy' ? 'src-' : '';
  const args = [
    ...(await policyOptions(settings)),
    '--tmpdir',
    work.directory,
    work.verb,
    '--retry-times',
    RETRIES,
    ...(settings.authFile === undefined
      ? []
      : [work.verb === 'copy' ? '--src-authfile' : '--authfile', settings.authFile]),
    ...(isInsecure ? [`--${side}tls-verify=false`] : []),
    ...work.options,
    '--',
    ...work.operands,
  ];
  const end = await runHelper({
    program,
    args,
    // A home of its own: whoever runs the agent may have passwords in theirs that are not for this.
    env: { ...settings.env, HOME: work.directory, XDG_RUNTIME_DIR: work.directory },
    cwd: work.directory,
    signal: work.signal,
    ...(work.outputFile === undefined ? {} : { outputFile: work.outputFile }),
    ...(work.onLine === undefined ? {} : { onLine: work.onLine }),
  });
  if (end.type === 'failed' || end.code !== 0) throw explain(reference, end);
}

function explain(reference: Reference, end: HelperEnd): AgentError {
  const action = `Cannot pull "${referenceText(reference)}"`;
  if (end.type === 'failed') return new AgentError('failed', `${action}: ${end.why}`);
  const why = said(end.stderr);
  const [, code] = MEANINGS.find(([pattern]) => pattern.test(why)) ?? [undefined, 'failed' as const];
  return new AgentError(code, `${action}: ${why === '' ? `skopeo exited with ${end.code}` : why}`);
}

/** The last trouble of its log: `time="…" level=fatal msg="…"`. */
function said(stderr: string): string {
  const messages = [...stderr.matchAll(/level=(?:fatal|error) msg="((?:[^"\\]|\\.)*)"/g)];
  const message = messages.at(-1)?.[1]?.replaceAll(/\\(.)/g, '$1');
  const text = message ?? stderr.split('\n').at(-1) ?? '';
  // What skopeo was doing, which the caller knows.
  return text.replace(/^Error parsing image name "[^"]*": /, '').slice(0, 1000);
}

async function policyOptions({ signaturePolicy }: RegistrySettings): Promise<string[]> {
  if (signaturePolicy !== undefined) return ['--policy', signaturePolicy];
  return (await exists(MACHINE_POLICY)) ? ['--policy', MACHINE_POLICY] : ['--insecure-policy'];
}

async function findSkopeo(searchPath: string): Promise<string> {
  for (const directory of searchPath.split(path.delimiter)) {
    const file = path.join(directory, 'skopeo');
    if (path.isAbsolute(file) && (await exists(file))) return file;
  }
  throw new AgentError(
    'not-able',
    'Cannot speak to registries: skopeo is not on the agent’s search path; install it, or import the image from a file',
  );
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

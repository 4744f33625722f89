/** References to secrets in the texts of a command: they are stored and shown, and become values when a run starts. */
import * as z from 'zod';
import { AgentError } from '../../protocol/agent-error.ts';
import { SECRET_NAME, SECRET_NAME_RULE } from '../../security/secrets/secret-name.ts';

/** Secrets that one command may refer to. */
const MOST_SECRETS = 100;

const NONE: ReadonlySet<string> = new Set();

const WHOLE = /^secret:(\S*)$/;
const INSIDE = /\{secret:([^{}]*)\}/g;

/** Fields of the arguments of `core.system`. */
export const SECRET_FIELDS = {
  secrets: z
    .array(z.string().regex(SECRET_NAME, SECRET_NAME_RULE))
    .max(MOST_SECRETS)
    .nullish()
    .describe(
      'Secrets that `args`, the values of `env`, and `stdin` may refer to, by `secret:NAME` as a whole text or `{secret:NAME}` in one; references to others are plain text. `[]`: none. Default: any.',
    ),
  redact: z
    .boolean()
    .nullish()
    .describe('Whether the values of these secrets are taken out of the output. Default true.'),
};

/** The arguments of `core.system` that may hold references, and those that say which are allowed. */
export interface SecretTexts {
  readonly args?: readonly string[] | null | undefined;
  readonly env?: Readonly<Record<string, string>> | null | undefined;
  readonly stdin?: string | null | undefined;
  readonly secrets?: readonly string[] | null | undefined;
}

/** What a program is given. */
export interface RevealedTexts {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  /** Those that are in it. */
  readonly secrets: readonly string[];
}

/** Reads a secret. Errors: AgentError `no-secret`, `no-resources`. */
export type ReadSecret = (name: string) => Promise<string>;

/**
 * The names of the secrets that are referred to.
 *
 * Errors: AgentError `bad-arguments` for what looks like a reference and is none, and for too many.
 */
export function secretNames(texts: SecretTexts): ReadonlySet<string> {
  if (texts.secrets?.length === 0 || !mentionsSecrets(texts)) return NONE;
  const names = placesOf(texts).flatMap(([where, text]) => {
    const found = referencesIn(text);
    const wrong = found.find((name) => !SECRET_NAME.test(name));
    if (wrong !== undefined) throw malformed(wrong, where);
    return found.filter((name) => isAllowed(texts, name));
  });
  const distinct = new Set(names);
  if (distinct.size <= MOST_SECRETS) return distinct;
  const message = `Cannot use ${String(distinct.size)} secrets in one command, the limit is ${String(MOST_SECRETS)}`;
  throw new AgentError('bad-arguments', message);
}

/** The texts with the values of secrets in place of the references. Errors: AgentError `bad-arguments`, and those of `read`. */
export async function revealSecrets(texts: SecretTexts, read: ReadSecret): Promise<RevealedTexts> {
  const args = texts.args ?? [];
  const env = texts.env ?? {};
  const stdin = texts.stdin ?? undefined;
  const names = secretNames(texts);
  if (names.size === 0) return { args, env, stdin, secrets: [] };
  const values = new Map(await Promise.all([...names].map(async (name) => [name, await read(name)] as const)));
  const variables = Object.entries(env).map(([name, text]) => [name, reveal(text, values, variableName(name))]);
  return {
    args: args.map((text, index) => reveal(text, values, argumentName(index))),
    env: Object.fromEntries(variables) as Record<string, string>,
    stdin: stdin === undefined ? undefined : reveal(stdin, values),
    secrets: [...values.values()],
  };
}

/** `where`: what can't hold a NUL. */
function reveal(text: string, values: ReadonlyMap<string, string>, where?: string): string {
  const valueOf = (name: string): string | undefined => {
    const value = values.get(name);
    if (where === undefined || value?.includes('\0') !== true) return value;
    throw new AgentError('bad-arguments', `Cannot put the secret "${name}" into ${where}: it holds a NUL character`);
  };
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return valueOf(whole) ?? text;
  // A function, so that nothing in a value is taken for a pattern.
  return text.replaceAll(INSIDE, (reference, name: string) => valueOf(name) ?? reference);
}

/** Most commands have none and should not pay for what others have. */
function mentionsSecrets({ args, env, stdin }: SecretTexts): boolean {
  if (args?.some(isMention) === true || isMention(stdin ?? '')) return true;
  for (const name in env) if (isMention(env[name] ?? '')) return true;
  return false;
}

function isMention(text: string): boolean {
  return text.includes('secret:');
}

function placesOf({ args, env, stdin }: SecretTexts): (readonly [where: string, text: string])[] {
  return [
    ...(args ?? []).map((text, index) => [argumentName(index), text] as const),
    ...Object.entries(env ?? {}).map(([name, text]) => [variableName(name), text] as const),
    ...(typeof stdin === 'string' ? [['standard input', stdin] as const] : []),
  ];
}

function referencesIn(text: string): string[] {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return [whole];
  return [...text.matchAll(INSIDE)].map(([, name = '']) => name);
}

function isAllowed({ secrets }: SecretTexts, name: string): boolean {
  return secrets === undefined || secrets === null || secrets.includes(name);
}

function argumentName(index: number): string {
  return `argument ${String(index + 1)}`;
}

function variableName(name: string): string {
  return `the variable "${name}"`;
}

function malformed(name: string, where: string): AgentError {
  const shown = name.length > 140 ? `${name.slice(0, 140)}…` : name;
  return new AgentError(
    'bad-arguments',
    `Cannot read the reference to a secret in ${where}: "${shown}" is no name, ${SECRET_NAME_RULE}; with "secrets": [] the text is taken as it is`,
  );
}

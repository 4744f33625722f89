/** Manifests: what a file `<name>.toml` or a table `[extension.<name>]` says, and everything that is refused in one. */
import path from 'node:path';
import * as z from 'zod';
import { nearestName } from '../../base/nearest-name.ts';
import { isCommandName } from '../../engine/command-table.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { describeIssues, WireCommand } from '../../protocol/command.ts';
import { SECRET_NAME, SECRET_NAME_RULE } from '../../security/secrets/secret-name.ts';
import { CONFINEMENT_FIELDS } from '../system/confinement-arguments.ts';
import { SECRET_FIELDS } from '../system/secret-references.ts';
import { SystemArguments } from '../system/system-arguments.ts';
import type { ArgumentTemplate, Extension } from './extension.ts';
import { findInjection, optionWords, variableTrouble } from './injection.ts';
import { decidesWhatRuns } from './interpreters.ts';
import { isList, Parameter } from './parameter.ts';
import { secretsIn } from './secret-names.ts';
import { namesIn, PARAMETER_NAME, parseTemplate, type Template } from './template.ts';
import { literalWord, templateWord, type Word } from './word.ts';

const Text = z.string().refine((text) => !text.includes('\0'), 'must not contain NUL');

const TemplateText = Text.transform((text, context): Template => {
  const read = parseTemplate(text);
  if ('template' in read) return read.template;
  context.addIssue({ code: 'custom', message: read.trouble });
  return z.NEVER;
});

const Argument = z.union(
  [
    TemplateText.transform((template): ArgumentTemplate[] => [{ template }]),
    z
      .strictObject({ when: z.string(), args: z.array(TemplateText).min(1) })
      .transform(({ when, args }): ArgumentTemplate[] => args.map((template) => ({ template, when }))),
  ],
  { error: ({ input }) => argumentError(input) },
);

/** A union tells of none of its members what is wrong; of a text that is known. */
function argumentError(input: unknown): string {
  const read = typeof input === 'string' ? parseTemplate(input) : undefined;
  if (read !== undefined && 'trouble' in read) return read.trouble;
  return 'expected a text without NUL, or { when = "parameter", args = [texts] }';
}

const VariableName = Text.min(1).refine((name) => !name.includes('='), 'must not contain "="');

const CommandDefaults = WireCommand.pick({
  queue: true,
  priority: true,
  max_time: true,
  kill_grace: true,
  max_restart: true,
  restart_delay: true,
  restart_max_delay: true,
  success_codes: true,
  tags: true,
  log_levels: true,
  stats_interval: true,
  keep: true,
  ttl: true,
  raw: true,
});

/** What programs are started with, whoever calls them. */
export const FIXED_FIELDS = {
  ...CONFINEMENT_FIELDS,
  secrets: z
    .union([z.literal('any'), z.array(z.string().regex(SECRET_NAME, SECRET_NAME_RULE)).max(100)], {
      error: `expected "any" or a list of names; ${SECRET_NAME_RULE}`,
    })
    .optional()
    .describe(
      'Secrets that its texts and those of callers may refer to. Default: those its own texts refer to; "any": all there are.',
    ),
  redact: SECRET_FIELDS.redact,
  defaults: CommandDefaults.default({}).describe(
    'Fields of the command, such as `max_time`, where it leaves them open.',
  ),
};

export const Manifest = z.strictObject({
  summary: z.string().min(1).max(500).optional().describe('One sentence: what it does.'),
  binary: Text.min(1).describe('The program: a name looked for in PATH, or a path, relative to the manifest.'),
  args: z
    .array(Argument)
    .default([])
    .describe(
      'Its arguments; `{name}` stands for a parameter, `{ when = "name", args = […] }` for those that need one.',
    ),
  cwd: TemplateText.optional().describe(
    'Its working directory, relative to the manifest; what a caller says has to be absolute. Default: the agent’s.',
  ),
  env: z.record(VariableName, TemplateText).default({}).describe('Variables, beside those that every program gets.'),
  stdin: TemplateText.optional().describe('Text for its standard input. Default: none.'),
  open_stdin: SystemArguments.shape.open_stdin,
  pty: SystemArguments.shape.pty,
  parameters: z
    .record(z.string().regex(PARAMETER_NAME, 'expected letters, digits, "-" and "_", a letter first'), Parameter)
    .default({})
    .describe('What callers may say, by name.'),
  one_of: z
    .array(z.array(z.string()).min(2))
    .default([])
    .describe('Groups of parameters of which exactly one has to be given.'),
  ...FIXED_FIELDS,
});
type Manifest = z.infer<typeof Manifest>;

/** Where a manifest is from. */
export interface ManifestOrigin {
  /** The command's name. */
  readonly name: string;
  /** Absolute; relative paths begin there. */
  readonly directory: string;
}

/** Reads a manifest. Errors: AgentError `bad-arguments` with every reason it can't be used. */
export function readManifest(value: unknown, { name, directory }: ManifestOrigin): Extension {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot use the extension "${name}": ${why}`);
  };
  if (!isCommandName(name)) refuse('its name is letters, digits, "-" and "_" in parts joined by dots');
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return refuse(describeManifestIssues(parsed.error, Manifest));
  const manifest = parsed.data;
  const parameters = new Map(Object.entries(manifest.parameters));
  const args = manifest.args.flat();
  const extension: Extension = {
    name,
    summary: manifest.summary ?? `Runs "${manifest.binary}".`,
    binary: resolveBinary(manifest.binary, directory),
    args,
    cwd: manifest.cwd,
    env: manifest.env,
    stdin: manifest.stdin,
    fixed: fixedArguments(manifest, [
      ...args.map(({ template }) => template),
      ...Object.values(manifest.env),
      manifest.stdin ?? [],
    ]),
    parameters,
    oneOf: manifest.one_of,
    defaults: manifest.defaults,
    directory,
    warnings: [],
  };
  const words = [
    literalWord(manifest.binary, 'binary'),
    ...args.map((argument, index) => templateWord(argument, parameters, `args.${index}`)),
  ];
  const trouble = referenceTrouble(extension, manifest.binary) ?? codeTrouble(extension, words);
  if (trouble !== undefined) refuse(trouble);
  return { ...extension, warnings: warningsOf(extension, words) };
}

/** What is wrong with a manifest, naming the nearest of the keys that are known where one is unknown. */
export function describeManifestIssues(error: z.ZodError, schema: z.ZodObject): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => {
      const [first] = issue.path;
      const inner = { parameters: Parameter, defaults: CommandDefaults }[String(first)];
      return describeIssues(new z.ZodError([issue]), issue.path.length === 0 ? schema : inner);
    })
    .join('; ');
}

/** The part of a manifest that is the same for all callers, as `core.system` takes it; what is null or missing is left out. */
export function fixedArguments(
  manifest: Readonly<Record<string, unknown>>,
  templates: readonly Template[],
): Partial<SystemArguments> {
  const names = ['open_stdin', 'pty', 'redact', ...Object.keys(CONFINEMENT_FIELDS)];
  const given = names.filter((name) => manifest[name] !== undefined && manifest[name] !== null);
  const { secrets = secretsIn(templates) } = manifest;
  const allowed = secrets === 'any' ? [] : [['secrets', secrets] as const];
  return Object.fromEntries([...given.map((name) => [name, manifest[name]] as const), ...allowed]);
}

/** A name stays one, to be looked for when it is run; a path becomes absolute. */
export function resolveBinary(binary: string, directory: string): string {
  return binary.includes('/') ? path.resolve(directory, binary) : binary;
}

/** Names that mean nothing, and places where a value can't stand. */
function referenceTrouble({ args, cwd, env, stdin, parameters, oneOf }: Extension, binary: string): string | undefined {
  if (/[{}]/.test(binary)) return '"binary" takes no parameters: a caller does not choose the program';
  const places: [place: string, template: Template, isArgument: boolean][] = [
    ...args.map(({ template }, index): [string, Template, boolean] => [`args.${index}`, template, true]),
    ...Object.entries(env).map(([name, template]): [string, Template, boolean] => [`env.${name}`, template, false]),
    ['cwd', cwd ?? [], false],
    ['stdin', stdin ?? [], false],
  ];
  const named = [
    ...args.flatMap(({ when }) => when ?? []),
    ...oneOf.flat(),
    ...places.flatMap((place) => namesIn(place[1])),
  ];
  const unknown = named.find((name) => !parameters.has(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, parameters.keys());
    const hint = nearest === undefined ? `[parameters.${unknown}] would declare it` : `did you mean "${nearest}"?`;
    return `"{${unknown}}" names no parameter, ${hint}`;
  }
  for (const [place, template, isArgument] of places) {
    const lists = namesIn(template).filter((name) => isKnownList(parameters.get(name)));
    if (lists.length > (isArgument ? 1 : 0)) {
      return `"${place}": the list "{${lists.at(-1) ?? ''}}" can only stand in "args", one in each entry`;
    }
  }
  const bound = oneOf.flat().find((name) => parameters.get(name)?.required === true);
  return bound === undefined ? undefined : `"${bound}" is required, so it is no choice of "one_of"`;
}

function isKnownList(parameter: Parameter | undefined): boolean {
  return parameter !== undefined && isList(parameter);
}

/** Where a caller's text would be run instead of being handed over. */
function codeTrouble({ env, stdin = [], parameters }: Extension, words: readonly Word[]): string | undefined {
  const variable = Object.entries(env).find(
    ([name, template]) => decidesWhatRuns(name) && templateWord({ template }, parameters, name).hasCallersText,
  );
  if (variable !== undefined) return `"env.${variable[0]}": ${variableTrouble(variable[0])}`;
  return findInjection(words, namesIn(stdin).length > 0);
}

function warningsOf(
  { args, cwd = [], env, stdin = [], parameters, oneOf }: Extension,
  words: readonly Word[],
): string[] {
  const templates = [...args.map(({ template }) => template), ...Object.values(env), cwd, stdin];
  const used = new Set([...templates.flatMap(namesIn), ...args.flatMap(({ when }) => when ?? []), ...oneOf.flat()]);
  const unused = [...parameters.keys()].filter((name) => !used.has(name));
  const before = optionWords(words);
  // What follows an option is most likely its value.
  const open = before.filter(({ isOpen }, at) => isOpen && !/^-./.test(before[at - 1]?.head ?? ''));
  return [
    ...unused.map((name) => `the parameter "${name}" is never used`),
    ...open.map(
      ({ place, source }) =>
        `"${place}": ${JSON.stringify(source)} may begin with "-" and be taken for an option: put "--" before it, or give it the type "path"`,
    ),
  ];
}

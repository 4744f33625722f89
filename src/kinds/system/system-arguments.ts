import * as z from 'zod';
import { AgentError } from '../../protocol/agent-error.ts';
import { describeIssues } from '../../protocol/command.ts';
import type { Command } from '../../protocol/command.ts';
import type { CommandDescription } from '../../engine/builtin.ts';
import { CONFINEMENT_FIELDS } from './confinement-arguments.ts';
import { SECRET_FIELDS } from './secret-references.ts';

const Text = z.string().refine((text) => !text.includes('\0'), 'must not contain NUL');

/** Arguments of `core.system`. */
export const SystemArguments = z.strictObject({
  name: Text.min(1).describe('Program: a path, or a name looked for in the PATH of the command.'),
  args: z.array(Text).nullish().describe('Arguments, handed over as they are. No shell reads them.'),
  dir: Text.nullish().describe('Working directory. Default: the agent’s.'),
  env: z
    .record(
      Text.min(1).refine((name) => !name.includes('='), 'must not contain "="'),
      Text,
    )
    .nullish()
    .describe('Variables beside the allow-listed ones of the agent (PATH, HOME, LANG …); they win.'),
  stdin: z.string().nullish().describe('Text for standard input. Default: none, the program reads end of file.'),
  open_stdin: z.boolean().nullish().describe('Keep standard input open for `job.stdin`.'),
  pty: z
    .strictObject({ columns: z.int().min(1).max(10_000), rows: z.int().min(1).max(10_000) })
    .nullish()
    .describe('Run it on a terminal of this size.'),
  ...SECRET_FIELDS,
  ...CONFINEMENT_FIELDS,
});
export type SystemArguments = z.infer<typeof SystemArguments>;

/** The arguments of a `core.system` command. Errors: AgentError `bad-arguments`. */
export function parseSystemArguments(command: Command): SystemArguments {
  if (command.args === undefined) {
    throw new AgentError('bad-arguments', `Cannot run "${command.name}" without arguments: "name" says which program`);
  }
  const parsed = SystemArguments.safeParse(command.args);
  if (parsed.success) return parsed.data;
  throw new AgentError(
    'bad-arguments',
    `Cannot run "${command.name}": ${describeIssues(parsed.error, SystemArguments)}`,
  );
}

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

/** Name and arguments in one line: blanks and line ends stand as one blank, what is too long is cut. */
export function systemTitle({ name, args }: SystemArguments): string {
  // Arguments may be megabytes; no more of them is looked at than can be shown.
  const words = [name, ...(args ?? []).slice(0, TITLE_LENGTH)].map((word) => word.slice(0, TITLE_LENGTH));
  const line = words.join(' ').replaceAll(/\s+/g, ' ').trim();
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

/** How `command.list` and the documents show `core.system`. */
export const SYSTEM_COMMAND: CommandDescription = {
  name: 'core.system',
  sort: 'job',
  summary: 'Runs a program of this machine as a supervised process.',
  arguments: z.toJSONSchema(SystemArguments, { io: 'input', unrepresentable: 'any' }),
};

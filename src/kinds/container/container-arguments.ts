import * as z from 'zod';
import type { CommandDescription } from '../../engine/builtin.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { describeIssues } from '../../protocol/command.ts';
import type { Command } from '../../protocol/command.ts';
import { Environment, InnerPath } from '../../protocol/container.ts';

const Text = z.string().refine((text) => !text.includes('\0'), 'must not contain NUL');

const Terminal = z.strictObject({ columns: z.int().min(1).max(10_000), rows: z.int().min(1).max(10_000) });

const Container = Text.min(1).max(128).describe('Id or name of the container.');

/** Arguments of `container.exec`. */
export const ExecArguments = z.strictObject({
  container: Container,
  name: Text.min(1).describe('Program: a path in the container, or a name looked for in its PATH.'),
  args: z.array(Text).nullish().describe('Arguments, handed over as they are. No shell reads them.'),
  dir: InnerPath.nullish().describe('Working directory. Default: that of the container’s main process.'),
  env: Environment.nullish().describe('Variables beside those of the container; they win.'),
  user: Text.min(1)
    .max(256)
    .nullish()
    .describe('A user, or `user:group`. Default: that of the container’s main process.'),
  stdin: z.string().nullish().describe('Text for standard input. Default: none, the program reads end of file.'),
  open_stdin: z.boolean().nullish().describe('Keep standard input open for `job.stdin`.'),
  pty: Terminal.nullish().describe('Run it on a terminal of this size.'),
});
export type ExecArguments = z.infer<typeof ExecArguments>;

/** Arguments of `container.process`, which only the agent itself can use. */
export const MainArguments = z.strictObject({
  container: Container,
  start: z.int().min(1).describe('Which start of the container this is.'),
  files: z.int().min(0).describe('Sequence of the last file that is copied in before.'),
  title: z.string().describe('What it does, in a line for people.'),
  open_stdin: z.boolean(),
  pty: Terminal.nullish(),
});
export type MainArguments = z.infer<typeof MainArguments>;

/** Errors: AgentError `bad-arguments`. */
export function parseContainerArguments<Schema extends z.ZodObject>(schema: Schema, command: Command): z.infer<Schema> {
  const parsed = schema.safeParse(command.args ?? {});
  if (parsed.success) return parsed.data;
  throw new AgentError('bad-arguments', `Cannot run "${command.name}": ${describeIssues(parsed.error, schema)}`);
}

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

/** Name and arguments in one line, as `core.system` has it. */
export function execTitle({ name, args }: ExecArguments): string {
  const words = [name, ...(args ?? []).slice(0, TITLE_LENGTH)].map((word) => word.slice(0, TITLE_LENGTH));
  const line = words.join(' ').replaceAll(/\s+/g, ' ').trim();
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

/** The commands of this kind, as `command.list` and the documents show them. */
export const EXEC_COMMAND: CommandDescription = {
  name: 'container.exec',
  sort: 'job',
  summary: 'Runs a program in a running container as a supervised process.',
  arguments: z.toJSONSchema(ExecArguments, { io: 'input', unrepresentable: 'any' }),
};

export const MAIN_COMMAND: CommandDescription = {
  name: 'container.process',
  sort: 'job',
  summary: 'The main process of a container. Only the agent starts it, when a commit asks for it.',
  arguments: z.toJSONSchema(MainArguments, { io: 'input', unrepresentable: 'any' }),
};

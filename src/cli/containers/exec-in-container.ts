/** `corex exec` in a container instead of on the machine. */
import type { Client } from '../../client/client.ts';
import type { JobCommand } from '../../client/run-job.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerInfo } from '../../protocol/container.ts';
import type { OptionSpecs, OptionValues } from '../cli-command.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { givenConfinement } from '../confinement-options.ts';
import { execCommand, type EXEC_OPTIONS } from '../exec-command.ts';
import { EXIT_AGENT_TROUBLE } from '../exit-codes.ts';
import { refusalToExit } from '../job-end.ts';
import type { Output } from '../output.ts';
import type { RunCaller } from '../run-command.ts';
import type { TerminalSize } from '../terminal/caller-terminal.ts';

export const EXEC_IN_CONTAINER_OPTION = {
  container: {
    type: 'text',
    short: 'c',
    value: 'NAME',
    summary: 'run it in this container, by name or id: the same as CONTAINER --',
  },
} as const satisfies OptionSpecs;

/** What is to be run, and where: undefined is the machine. */
export interface WhereToRun {
  readonly container: string | undefined;
  readonly words: readonly string[];
}

/** With the option, all words are the program and what it is given. */
export function whereToRun(
  option: string | undefined,
  place: string | undefined,
  words: readonly string[],
): WhereToRun {
  if (option === undefined) return { container: place, words };
  return { container: option, words: place === undefined ? words : [place, '--', ...words] };
}

/** As `refusalToExit`; tells who wrote the name of no container what may have been meant. */
export function refusalToRun({ container, words }: WhereToRun): (error: unknown) => never {
  return (error) => {
    if (container === undefined || !isAgentError(error) || error.code !== 'unknown-container') refusalToExit(error);
    throw new CliError(error.message, {
      exitCode: EXIT_AGENT_TROUBLE,
      cause: error,
      advice: [
        '"corex containers" lists those there are',
        `If "${container}" is a program: corex exec -- ${[container, '--', ...words].join(' ')}`,
      ],
    });
  };
}

/** For who wrote a container where a program of the machine stands, and was told that there is no such program. */
export async function hintAtContainer(
  client: Client,
  words: readonly string[],
  output: Pick<Output, 'write'>,
): Promise<void> {
  const [name, ...rest] = words;
  const all = (await client.call('container.list', {}).catch(() => [])) as ContainerInfo[];
  if (!all.some((container) => container.name === name || container.id === name)) return;
  await output.write('stderr', `       "${name}" is a container: corex exec ${[name, '--', ...rest].join(' ')}\n`);
}

/** What makes the command for a container. Errors of that: UsageError. */
export function execInContainer(container: string) {
  return (
    options: OptionValues<typeof EXEC_OPTIONS>,
    words: readonly string[],
    caller: RunCaller,
    size?: TerminalSize,
  ): JobCommand => {
    const { user, cwd } = options;
    const confinement = givenConfinement({ ...options, user: undefined });
    if (confinement !== undefined) {
      throw new UsageError(`Cannot use ${confinement} in a container: what confines the container confines it`);
    }
    // Neither directory nor search path of the caller mean anything in there.
    const command = execCommand(
      { ...options, user: undefined, cwd: undefined },
      words,
      { ...caller, isLocal: false },
      size,
    );
    const inside = { container, ...(user !== undefined && { user }), ...(cwd !== undefined && { dir: cwd }) };
    return { ...command, command: 'container.exec', arguments: { ...(command.arguments as object), ...inside } };
  };
}

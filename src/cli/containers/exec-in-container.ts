/** `corex exec` in a container instead of on the machine. */
import type { JobCommand } from '../../client/run-job.ts';
import type { OptionSpecs, OptionValues } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { givenConfinement } from '../confinement-options.ts';
import { execCommand, type EXEC_OPTIONS } from '../exec-command.ts';
import type { RunCaller } from '../run-command.ts';
import type { TerminalSize } from '../terminal/caller-terminal.ts';

export const EXEC_IN_CONTAINER_OPTION = {
  container: {
    type: 'text',
    short: 'c',
    value: 'NAME',
    summary: 'run it in this container, by name or id, instead of on the machine',
  },
} as const satisfies OptionSpecs;

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
      throw new UsageError(`Cannot use ${confinement} with --container: what confines the container confines it`);
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

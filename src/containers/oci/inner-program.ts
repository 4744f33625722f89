/** What a program of a container is started with, of all who have a say in it. */
import { RUN_MARKER } from '../../host/launcher.ts';
import type { ImageDefaults } from '../../oci/images/image.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { RunOfProcess } from '../container-maker.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Program and arguments of the main process. An entry point that was set takes the place of all the image says. Errors: AgentError `bad-arguments`. */
export function mainArguments(
  { name, entry_point: entryPoint }: ContainerConfig,
  { entrypoint, command }: ImageDefaults,
): readonly string[] {
  const args = entryPoint === undefined ? [...entrypoint, ...command] : [entryPoint.path, ...entryPoint.args];
  if (args.length > 0) return args;
  throw new AgentError(
    'bad-arguments',
    `Cannot start the container "${name}": it has no entry point, and its image names none`,
  );
}

export interface InnerVariables {
  readonly image: readonly string[];
  readonly container: Readonly<Record<string, string>>;
  readonly program?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly hasTerminal: boolean;
}

/** All variables of a program: nothing of the agent's own. Later ones win; the last are ours, by which what it leaves is found. */
export function innerEnvironment(
  { image, container, program = {}, home, hasTerminal }: InnerVariables,
  { key, jobId, traceparent }: RunOfProcess,
): Record<string, string> {
  const ofImage = image.map((text) => {
    const split = text.indexOf('=');
    return split <= 0 ? [text, ''] : [text.slice(0, split), text.slice(split + 1)];
  });
  return {
    PATH: DEFAULT_PATH,
    HOME: home,
    ...(hasTerminal && { TERM: 'xterm-256color' }),
    ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
    ...(Object.fromEntries(ofImage.filter(([name]) => name !== '')) as Record<string, string>),
    ...container,
    ...program,
    COREX_JOB_ID: jobId,
    [RUN_MARKER]: key,
  };
}

/** What a container calls its machine: as it was asked to, else by its name as far as that can be. */
export function innerHostname({ hostname, name }: Pick<ContainerConfig, 'hostname' | 'name'>): string {
  return (
    hostname ??
    name
      .replaceAll('_', '-')
      .slice(0, 63)
      .replace(/[.-]+$/, '')
  );
}

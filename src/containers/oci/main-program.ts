import { fault } from '../../base/fault.ts';
import { outsideOf } from '../../oci/id-map.ts';
import type { ContainerPlan } from '../../oci/spec/container-plan.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { RunOfProcess, StagedFile } from '../container-maker.ts';
import type { ContainerRoot } from './container-roots.ts';
import { checkProgram } from './check-program.ts';
import { findInnerUser } from './find-inner-user.ts';
import { innerEnvironment, mainArguments } from './inner-program.ts';
import { putStaged } from './put-staged.ts';

/** Files that are copied in belong to the container's first user. */
export const FILE_OWNER = { uid: 0, gid: 0 };

/**
 * The main process of a container. Files go in first: one of them may say who its users are. Errors: AgentError
 * `bad-arguments`, and those of files.
 */
export async function mainProgram(
  root: ContainerRoot,
  config: ContainerConfig,
  files: readonly StagedFile[],
  run: RunOfProcess,
): Promise<ContainerPlan['process']> {
  const { defaults, idMap } = root;
  const args = mainArguments(config, defaults);
  const who = config.user ?? defaults.user;
  // Looking into a root may mean to mount it, which most starts can do without.
  const hasTerminal = config.terminal !== undefined;
  await using tree = files.length === 0 && who === '' && !hasTerminal ? undefined : await root.open();
  for (const file of files) {
    fault('containers.oci.file');
    if (tree !== undefined) await putStaged(tree, file, outsideOf(FILE_OWNER, idMap));
  }
  const { home, ...user } = await findInnerUser(tree, who);
  const env = innerEnvironment({ image: defaults.env, container: config.env, home, hasTerminal }, run);
  const cwd = config.entry_point?.dir ?? defaults.workingDirectory;
  // What is mounted may hold it, too, and is not there yet.
  if (hasTerminal && tree !== undefined && config.mounts.length === 0) {
    await checkProgram(tree, { name: args[0] ?? '', env, cwd });
  }
  return {
    args,
    env,
    cwd,
    user,
    ...(config.terminal && { terminal: config.terminal }),
  };
}

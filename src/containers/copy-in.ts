import { fault } from '../base/fault.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { Writable } from '../state/draft.ts';
import type { ContainerMaker } from './container-maker.ts';
import type { StagedFiles } from './staged-files.ts';

/** Copies what was committed into a container that runs. A file that can't be copied is told of and given up. */
export async function copyIn(
  { maker, files }: { readonly maker: ContainerMaker; readonly files: StagedFiles },
  id: string,
  config: ContainerConfig,
  { files: done, main }: ContainerStatus,
  write: (change: (draft: Writable<ContainerStatus>) => void) => Promise<unknown>,
): Promise<void> {
  for (const file of config.files) {
    if (file.sequence <= done) continue;
    let failure: ContainerStatus['failure'];
    try {
      fault('containers.copy.before');
      await maker.copyTo(id, main?.pid ?? 0, files.staged(id, file));
    } catch (error) {
      if (!isAgentError(error)) throw error;
      failure = { version: config.version, code: error.code, message: error.message };
    }
    await write((draft) => {
      draft.files = file.sequence;
      if (failure !== undefined) draft.failure = failure;
    });
  }
}

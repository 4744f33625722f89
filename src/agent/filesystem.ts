import { LocalFiles } from '../host/files/local-files.ts';
import type { MakePart } from './agent-part.ts';

/** Files for built-ins, within the directories that are configured. */
export const filesystem: MakePart = (world) => {
  const files = new LocalFiles(world.config().filesystem, world.clock);
  return {
    register: () => {
      world.offer({ files });
    },
    reload: () => files.configure(world.config().filesystem),
    close: () => files[Symbol.asyncDispose](),
  };
};

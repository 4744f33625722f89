import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

import type { Disk } from '../../host/files/disk.ts';
import { Inside } from '../../oci/images/copy/inside.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ContainerRoot, ContainerRoots } from './container-roots.ts';

/** Roots that are copies of directories. */
export class PlainRoots implements ContainerRoots {
  readonly #directory: string;
  readonly #disk: Disk;

  constructor(directory: string, disk: Disk) {
    this.#directory = directory;
    this.#disk = disk;
  }

  async prepare(id: string, image: string): Promise<ContainerRoot> {
    const root = path.join(this.#directory, id, 'root');
    const known = await stat(root).catch(() => undefined);
    if (known === undefined) {
      const source = await stat(image).catch(() => undefined);
      if (source?.isDirectory() !== true) {
        throw new AgentError('unknown-image', `Cannot find the image "${image}"`);
      }
      await mkdir(path.dirname(root), { recursive: true, mode: 0o700 });
      await rm(`${root}.new`, { recursive: true, force: true });
      await cp(image, `${root}.new`, { recursive: true, verbatimSymlinks: true });
      await rename(`${root}.new`, root);
    }
    return {
      path: root,
      mounts: [],
      defaults: {
        env: [],
        entrypoint: [],
        command: [],
        workingDirectory: '/',
        user: '',
        stopSignal: undefined,
        exposedPorts: [],
        labels: {},
        volumes: [],
      },
      open: () => Inside.open(this.#disk, root),
    };
  }

  async remove(id: string): Promise<void> {
    await rm(path.join(this.#directory, id, 'root'), { recursive: true, force: true });
  }
}

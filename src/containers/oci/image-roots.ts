import type { Image } from '../../oci/images/image.ts';
import type { Images } from '../../oci/images/images.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerRoot, ContainerRoots } from './container-roots.ts';

/** Roots made of images that are here, or can be brought here. */
export class ImageRoots implements ContainerRoots {
  readonly #images: Images;

  constructor(images: Images) {
    this.#images = images;
  }

  async prepare(id: string, image: string): Promise<ContainerRoot> {
    const { roots } = this.#images;
    const watch = { signal: new AbortController().signal, onStep: ignore, onProgress: ignore };
    const prepared = roots.ids.includes(id)
      ? await roots.find(id)
      : await roots.prepare(await this.#bring(image, watch), id, {}, watch);
    return {
      path: prepared.path,
      mounts: prepared.mounts,
      defaults: prepared.image.defaults,
      open: () => roots.openTree(id),
    };
  }

  async remove(id: string): Promise<void> {
    await this.#images.roots.release(id);
  }

  /** By a name or digest it has here; else it is a source, and is taken from there. */
  async #bring(image: string, watch: Parameters<Images['importer']['add']>[1]): Promise<Image> {
    const { store, importer } = this.#images;
    try {
      return await store.get(image);
    } catch (error) {
      if (!isAgentError(error) || (error.code !== 'unknown-image' && error.code !== 'bad-arguments')) throw error;
      return await importer.add({ source: image }, watch);
    }
  }
}

function ignore(): void {
  // Nobody follows this.
}

import type { IdMap } from '../../oci/id-map.ts';
import type { Image } from '../../oci/images/image.ts';
import type { Images } from '../../oci/images/images.ts';
import { MAPPED_ROOT } from '../../oci/runtimes/mapped-root.ts';
import type { PreparedRoot, RootWish } from '../../oci/images/roots/prepared-root.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerRoot, ContainerRoots } from './container-roots.ts';

type ImageWatch = Parameters<Images['importer']['add']>[1];

/** Roots made of images that are here, or can be brought here. */
export class ImageRoots implements ContainerRoots {
  readonly #images: Images;

  constructor(images: Images) {
    this.#images = images;
  }

  async prepare(id: string, wish: RootWish, idMap: () => Promise<IdMap | undefined>): Promise<ContainerRoot> {
    const { roots } = this.#images;
    const watch = { signal: new AbortController().signal, onStep: ignore, onProgress: ignore };
    const prepared = roots.ids.includes(id) ? await roots.find(id) : await this.#make(id, wish, await idMap(), watch);
    return {
      ...placeOf(prepared),
      idMap: prepared.idMap,
      defaults: prepared.image.defaults,
      open: () => roots.openTree(id),
    };
  }

  async #make(id: string, wish: RootWish, idMap: IdMap | undefined, watch: ImageWatch): Promise<PreparedRoot> {
    const image = await this.#bring(wish.image, watch);
    return await this.#images.roots.prepare(image, id, { wish, ...(idMap && { idMap }) }, watch);
  }

  wishOf(id: string): RootWish | undefined {
    return this.#images.roots.wishOf(id);
  }

  async remove(id: string): Promise<void> {
    await this.#images.roots.release(id);
  }

  /** By a name or digest it has here; else it is a source, and is taken from there. */
  async #bring(image: string, watch: ImageWatch): Promise<Image> {
    const { store, importer } = this.#images;
    try {
      return await store.get(image);
    } catch (error) {
      if (!isAgentError(error) || (error.code !== 'unknown-image' && error.code !== 'bad-arguments')) throw error;
      return await importer.add({ source: image }, watch);
    }
  }
}

/** Mapped users get the root brought to where they can walk: as layers, or as the directory it is. */
function placeOf({ path, mounts, idMap }: PreparedRoot): Pick<ContainerRoot, 'path' | 'mounts' | 'rootMount'> {
  if (idMap === undefined) return { path, mounts };
  const [layers] = mounts;
  return { path: MAPPED_ROOT, mounts: [], rootMount: layers ?? { type: 'none', source: path, options: ['bind'] } };
}

function ignore(): void {
  // Nobody follows this.
}

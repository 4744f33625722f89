/** All of an agent's images together: the store, the roots that stand on it, and what brings images here. */
import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../../host/files/disk.ts';
import type { Ground } from '../../host/files/spot.ts';
import { unmountBelow } from '../../host/leftover-mounts.ts';
import type { ImageDetails, ImageInfo } from '../../protocol/images.ts';
import type { IdMap } from '../id-map.ts';
import { ImageStore, type KnownImage } from './image-store.ts';
import type { ImageImporter, ImportSettings } from './import/importer.ts';
import { platformText } from './platform.ts';
import { Roots } from './roots/roots.ts';

export interface ImagesOptions {
  /** Absolute. Nobody else may write there. */
  readonly directory: string;
  readonly isDurable: boolean;
  /** As they are now. */
  readonly settings: () => ImportSettings;
  /** Whom the users of most containers are outside; undefined for themselves. */
  readonly idMap: () => Promise<IdMap | undefined>;
  /** Files of the machine that callers may read. */
  readonly ground: () => Ground;
  readonly disk: Disk;
  readonly clock: Clock;
}

/** How long taking away old mounts may take, milliseconds. */
const UNMOUNT_MS = 10_000;

export class Images {
  readonly store: ImageStore;
  readonly roots: Roots;
  /** Loaded when the first image comes: most agents never have one. */
  readonly importer: Pick<ImageImporter, 'add'>;
  readonly #directory: string;

  constructor({ directory, isDurable, settings, idMap, ground, disk, clock }: ImagesOptions) {
    const limits = (): ImportSettings['limits'] => settings().limits;
    this.#directory = directory;
    this.store = new ImageStore({ directory, isDurable, limits, idMap });
    this.roots = new Roots(this.store, disk, limits);
    let loading: Promise<ImageImporter> | undefined;
    const load = async (): Promise<ImageImporter> => {
      const { ImageImporter } = await import('./import/importer.ts');
      return new ImageImporter(this.store, settings, ground, clock);
    };
    this.importer = { add: async (request, watch) => (await (loading ??= load())).add(request, watch) };
  }

  /** Finds what is there, and removes what is not complete. Gives mounts that are in the way and could not be taken away. */
  async open(): Promise<readonly string[]> {
    const mounts = await unmountBelow(this.#directory, AbortSignal.timeout(UNMOUNT_MS)).catch(() => []);
    await this.store.open(this.roots.users);
    await this.roots.open();
    return mounts;
  }

  /** An image in a list. */
  describe(image: KnownImage): ImageInfo {
    const { digest, names, platform, layers, created, added, source } = image;
    return {
      digest,
      names,
      platform: platformText(platform),
      bytes: layers.reduce((sum, { size }) => sum + size, 0),
      layers: layers.length,
      ...(created === undefined ? {} : { created }),
      added,
      source,
      containers: this.store.usersOf(digest),
    };
  }

  /** All that is known of an image. */
  details(image: KnownImage): ImageDetails {
    const { env, entrypoint, command, workingDirectory, user, stopSignal, exposedPorts, volumes, labels } =
      image.defaults;
    return {
      ...this.describe(image),
      config_digest: image.configDigest,
      defaults: {
        env,
        entrypoint,
        command,
        working_directory: workingDirectory,
        user,
        ...(stopSignal === undefined ? {} : { stop_signal: stopSignal }),
        exposed_ports: exposedPorts,
        volumes,
        labels,
      },
      layers: image.layers.map(({ digest, diffId, size }) => ({ digest, diff_id: diffId, bytes: size })),
    };
  }
}

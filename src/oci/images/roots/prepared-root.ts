/** The root of one container: what its runtime is told, and what is on the disk for it. */
import * as z from 'zod';
import { IdMap } from '../../id-map.ts';
import { Digest } from '../digest.ts';
import type { Image } from '../image.ts';

/** As an entry of `mounts` in `config.json` of a bundle. */
export interface RootMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface PreparedRoot {
  /** Of the container. */
  readonly id: string;
  /** `overlay`: the layers are shared, and what the container writes is beside them. `copied`: all of it is its own. */
  readonly kind: 'overlay' | 'copied';
  /** Directory for `root.path` of `config.json`. Empty for `overlay`: the runtime mounts there. */
  readonly path: string;
  /**
   * To be the first of `mounts`: the runtime mounts them in the container's own namespace, so nobody has to unmount them.
   * Where users are mapped the runtime must find them mounted at its own start: see `rootMount` of `CreateRequest`.
   */
  readonly mounts: readonly RootMount[];
  /** Whom its users are outside. */
  readonly idMap: IdMap | undefined;
  readonly image: Image;
  /** Removes all of it. Only when no process is in it any more. */
  release(): Promise<void>;
}

/** What a container asked for when its root was made: from then on it has that. */
export interface RootWish {
  /** In the words of whoever asked. */
  readonly image: string;
  readonly users: 'own' | 'host';
}

/** What is kept of a root beside it. */
export const RootRecord = z.object({
  version: z.literal(1),
  image: Digest,
  kind: z.enum(['overlay', 'copied']),
  /** Layers, the lowest first. */
  layers: z.array(Digest),
  /** Whose its files are; missing for those the image names. */
  idMap: IdMap.optional(),
  /** What it was asked for with, as {@link RootWish}. */
  wish: z.object({ image: z.string(), users: z.enum(['own', 'host']) }).optional(),
});
export type RootRecord = z.infer<typeof RootRecord>;

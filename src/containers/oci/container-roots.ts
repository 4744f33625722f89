/** What containers need of whoever keeps images and what containers write. */
import type { ImageDefaults } from '../../oci/images/image.ts';
import type { IdMap } from '../../oci/id-map.ts';
import type { Inside } from '../../oci/images/copy/inside.ts';
import type { RootWish } from '../../oci/images/roots/prepared-root.ts';
import type { RootMount } from '../../oci/runtime.ts';
import type { RuntimeMount } from '../../oci/spec/runtime-config.ts';

/** The root of one container. */
export interface ContainerRoot {
  /** Absolute. */
  readonly path: string;
  /** What is mounted in the container, the root's own parts among it. */
  readonly mounts: readonly RuntimeMount[];
  /** Whom its users are outside. They could not walk to it: it is mounted at `path` before the runtime starts. */
  readonly idMap: IdMap | undefined;
  readonly rootMount?: RootMount;
  /** What the image says of its programs. */
  readonly defaults: ImageDefaults;
  /** Its files, while nothing runs in it. */
  open(): Promise<Inside>;
}

export interface ContainerRoots {
  /**
   * The same root each time, with what was written to it before, for the users it was first made for. Errors: AgentError
   * `unknown-image`, `bad-image`, `no-space`; those of `idMap`.
   */
  prepare(id: string, wish: RootWish, idMap: () => Promise<IdMap | undefined>): Promise<ContainerRoot>;
  /** What the root is made of; undefined before it is. */
  wishOf(id: string): RootWish | undefined;
  /** With all that was written. None there is success. */
  remove(id: string): Promise<void>;
}

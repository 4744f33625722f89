/** The roots of containers. What is on the disk says which there are: an agent that is started anew finds them again. */
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from '../../../base/json.ts';
import type { Disk } from '../../../host/files/disk.ts';
import { openHiddenMount } from '../../../host/hidden-mount.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import type { IdMap } from '../../id-map.ts';
import { Inside } from '../copy/inside.ts';
import type { Digest } from '../digest.ts';
import type { Image } from '../image.ts';
import type { ImageStore } from '../image-store.ts';
import type { Layer } from '../layer-store.ts';
import { readImage } from '../read-image.ts';
import type { Stage } from '../staging.ts';
import type { UnpackLimits } from '../unpack/limits.ts';
import { runUnpack, type UnpackWatch } from '../unpack/run-unpack.ts';
import { overlayMount, whyNoOverlay } from './overlay.ts';
import { RootRecord, type PreparedRoot, type RootWish } from './prepared-root.ts';

export interface PrepareOptions {
  /** Default `auto`: `overlay` where that can be, else `copied`. */
  readonly kind?: 'auto' | 'overlay' | 'copied';
  /** Users and groups of the container that are others outside. */
  readonly idMap?: IdMap;
  /** Kept with it, see {@link Roots.wishOf}. */
  readonly wish?: RootWish;
}

const ID = /^[A-Za-z0-9][\w.-]{0,127}$/;
const RECORD = 'root.json';
const TREE = 'rootfs';
const UPPER = 'upper';
const WORK = 'work';

export class Roots {
  readonly #store: ImageStore;
  readonly #disk: Disk;
  readonly #limits: () => UnpackLimits;
  readonly #records = new Map<string, RootRecord>();
  readonly #busy = new Set<string>();

  constructor(store: ImageStore, disk: Disk, limits: () => UnpackLimits) {
    this.#store = store;
    this.#disk = disk;
    this.#limits = limits;
  }

  /** Finds the roots that are there. One that was not complete is none, and is removed. */
  async open(): Promise<void> {
    const names = await readdir(this.#store.places.roots).catch(() => []);
    for (const id of names) {
      const record = await this.#readRecord(id);
      if (record === undefined) await this.#removeTree(id);
      else this.#records.set(id, record);
    }
  }

  /** Ids of containers that have a root. */
  get ids(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** What the root of a container was asked for with; undefined where there is none. */
  wishOf(id: string): RootWish | undefined {
    return this.#records.get(id)?.wish;
  }

  /** Who stands on which image. */
  readonly users = (): ReadonlyMap<Digest, readonly string[]> => {
    const ids = [...this.#records].map(([id, { image }]) => ({ id, image }));
    const groups = Map.groupBy(ids, ({ image }) => image);
    return new Map([...groups].map(([image, group]) => [image, group.map(({ id }) => id)]));
  };

  /**
   * Makes the root of a container. The image stays as long as the root does.
   *
   * Errors: AgentError `bad-arguments` for a bad id; `file-exists` when it has a root; `not-able` when the kind that is
   * asked for can't be; `bad-image`, `no-space`; the signal's reason. Nothing is left then.
   */
  async prepare(image: Image, id: string, options: PrepareOptions, watch: UnpackWatch): Promise<PreparedRoot> {
    if (!ID.test(id))
      throw new AgentError(
        'bad-arguments',
        `Cannot make a root for "${id}": letters, digits, ".", "_" and "-" are wanted, at most 128`,
      );
    if (this.#records.has(id) || this.#busy.has(id))
      throw new AgentError('file-exists', `Cannot make a root for "${id}": it has one`);
    this.#busy.add(id);
    using _hold = this.#store.pins.hold(
      image.digest,
      image.configDigest,
      ...image.layers.flatMap(({ digest, diffId }) => [digest, diffId]),
    );
    try {
      const layers = await this.#store.layersOf(image, options.idMap, watch);
      await using stage = await this.#store.staging.make();
      const kind = await this.#fill(stage, layers, id, options, watch);
      const { idMap, wish } = options;
      const diffIds = layers.map(({ diffId }) => diffId);
      const record: RootRecord = {
        version: 1,
        image: image.digest,
        kind,
        layers: diffIds,
        ...(idMap === undefined ? {} : { idMap }),
        ...(wish === undefined ? {} : { wish }),
      };
      await writeFile(stage.at(RECORD), JSON.stringify(record), { mode: 0o600 });
      await this.#store.staging.settle(stage.directory, this.#place(id));
      this.#records.set(id, record);
      return this.#rootOf(id, record, image, layers);
    } finally {
      this.#busy.delete(id);
    }
  }

  /** A root that is there, as {@link prepare} gave it. Errors: AgentError `no-such-file` when there is none; `bad-image`. */
  async find(id: string): Promise<PreparedRoot> {
    const record = this.#recordOf(id);
    return this.#rootOf(id, record, await readImage(this.#store.blobs, record.image), await this.#layersOf(record));
  }

  /** Removes a root. One that is not there is removed already. */
  async release(id: string): Promise<void> {
    if (!this.#records.has(id)) return;
    await this.#removeTree(id);
    this.#records.delete(id);
  }

  /**
   * The tree of a container that does not run, to look at and to change. Not while it runs: two who mount one root spoil it.
   * Errors: AgentError `no-such-file`, `not-able`.
   */
  async openTree(id: string): Promise<Inside> {
    const record = this.#recordOf(id);
    const target = path.join(this.#place(id), TREE);
    if (record.kind === 'copied') return await Inside.open(this.#disk, target);
    const mount = this.#mountOf(id, await this.#layersOf(record));
    return await openHiddenMount({ ...mount, target }, (mounted) => Inside.open(this.#disk, mounted));
  }

  #place(id: string): string {
    return path.join(this.#store.places.roots, id);
  }

  #recordOf(id: string): RootRecord {
    const record = this.#records.get(id);
    if (record !== undefined) return record;
    throw new AgentError('no-such-file', `Cannot find a root of the container "${id}"`);
  }

  async #layersOf({ layers, idMap }: RootRecord): Promise<Layer[]> {
    const found = await Promise.all(layers.map((diffId) => this.#store.layers.find(diffId, idMap)));
    const missing = layers.find((_, index) => found[index] === undefined);
    if (missing === undefined) return found.filter((layer) => layer !== undefined);
    throw new AgentError('bad-image', `Cannot use the root: its layer ${missing} is missing`);
  }

  #mountOf(id: string, layers: readonly Layer[]) {
    const place = this.#place(id);
    return overlayMount(layers, path.join(place, UPPER), path.join(place, WORK));
  }

  #rootOf(id: string, { kind, idMap }: RootRecord, image: Image, layers: readonly Layer[]): PreparedRoot {
    return {
      id,
      kind,
      path: path.join(this.#place(id), TREE),
      mounts: kind === 'overlay' ? [this.#mountOf(id, layers)] : [],
      idMap,
      image,
      release: () => this.release(id),
    };
  }

  async #fill(
    stage: Stage,
    layers: readonly Layer[],
    id: string,
    options: PrepareOptions,
    watch: UnpackWatch,
  ): Promise<'overlay' | 'copied'> {
    const { kind = 'auto', idMap } = options;
    await mkdir(stage.at(TREE), { mode: 0o755 });
    const why = await whyNoOverlay(layers, this.#mountOf(id, layers));
    if (kind === 'overlay' && why !== undefined)
      throw new AgentError('not-able', `Cannot mount the root of "${id}": ${why}`);
    if (kind !== 'copied' && why === undefined) {
      await this.#fillOverlay(stage, layers, idMap);
      return 'overlay';
    }
    await runUnpack(
      {
        type: 'merge',
        layers: layers.map(({ root, marks }) => ({ root, marks })),
        target: stage.at(TREE),
        limits: this.#limits(),
        sync: this.#store.staging.isDurable,
      },
      `the root of "${id}"`,
      watch,
    );
    return 'copied';
  }

  async #fillOverlay(stage: Stage, layers: readonly Layer[], idMap: IdMap | undefined): Promise<void> {
    await mkdir(stage.at(UPPER));
    await mkdir(stage.at(WORK));
    // What the root itself looks like is up to what is written to.
    const top = layers.at(-1);
    await chmod(stage.at(UPPER), top === undefined ? 0o755 : (await stat(top.root)).mode & 0o7777);
    if (idMap !== undefined) await chown(stage.at(UPPER), idMap.uid, idMap.gid);
  }

  async #readRecord(id: string): Promise<RootRecord | undefined> {
    const text = await readFile(path.join(this.#place(id), RECORD), 'utf8').catch(() => undefined);
    const json = text === undefined ? undefined : parseJson(text);
    return json?.ok === true ? RootRecord.safeParse(json.value).data : undefined;
  }

  /** In one step it is no root any more; then it is removed at leisure. */
  async #removeTree(id: string): Promise<void> {
    await using stage = await this.#store.staging.make();
    await rename(this.#place(id), stage.at(randomUUID()));
    await rm(stage.directory, { recursive: true, force: true });
  }
}

/** Layers, unpacked once and shared by all containers that stand on them. */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { parseTrustedJson } from '../../base/json.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { IdMap } from '../id-map.ts';
import type { BlobStore } from './blob-store.ts';
import { Digest, shortDigest } from './digest.ts';
import type { Places } from './places.ts';
import type { Staging } from './staging.ts';
import { LayerMarks } from './unpack/layer-marks.ts';
import type { UnpackLimits } from './unpack/limits.ts';
import { runUnpack, type UnpackWatch } from './unpack/run-unpack.ts';

const LayerRecord = z.object({
  diffId: Digest,
  digest: Digest,
  bytes: z.number(),
  entries: z.number(),
  isMountable: z.boolean(),
  /** Name of the short link to its tree. */
  link: z.string().regex(/^[a-z0-9]+$/),
  /** Whom owners that the archive names are; missing when they are themselves. */
  idMap: IdMap.optional(),
  marks: LayerMarks,
});

/** A layer that is there. */
export interface Layer extends Omit<z.infer<typeof LayerRecord>, 'marks' | 'link'> {
  /** Absolute path of the tree. Nobody may write there. */
  readonly root: string;
  /** A short path to the same. */
  readonly short: string;
  /** Absolute path of the file of its marks. */
  readonly marks: string;
}

/** What is known of a layer before it is unpacked, and whose its files are to be. One archive may be there several times, for others each. */
export interface LayerName {
  readonly digest: Digest;
  /** Undefined: it will be seen. */
  readonly diffId: Digest | undefined;
  readonly idMap: IdMap | undefined;
}

const RECORD = 'layer.json';
const TREE = 'root';
/** Random bytes of a short name. */
const SHORT = 5;

export class LayerStore {
  readonly #places: Places;
  readonly #staging: Staging;
  readonly #blobs: BlobStore;
  readonly #limits: () => UnpackLimits;
  readonly #coming = new Map<string, Promise<Layer>>();

  constructor(places: Places, staging: Staging, blobs: BlobStore, limits: () => UnpackLimits) {
    this.#places = places;
    this.#staging = staging;
    this.#blobs = blobs;
    this.#limits = limits;
  }

  /**
   * A layer, unpacked from its blob unless it is there; when others unpack it already, it is waited for.
   *
   * Errors: AgentError `bad-image` for one that is hostile, damaged or another than told, `no-space`; the signal's reason.
   */
  async ensure(name: LayerName, watch: UnpackWatch): Promise<Layer> {
    const key = this.#places.layer(name.diffId ?? name.digest, name.idMap);
    for (;;) {
      const there = name.diffId === undefined ? undefined : await this.find(name.diffId, name.idMap);
      if (there !== undefined) return there;
      const coming = this.#coming.get(key);
      if (coming === undefined) return await this.#begin(key, name, watch);
      // When the others give up, it is up to us.
      const layer = await coming.catch(() => undefined);
      watch.signal.throwIfAborted();
      if (layer !== undefined) return layer;
    }
  }

  async #begin(key: string, name: LayerName, watch: UnpackWatch): Promise<Layer> {
    const work = this.#unpack(name, watch);
    this.#coming.set(key, work);
    try {
      return await work;
    } finally {
      this.#coming.delete(key);
    }
  }

  async #unpack({ digest, diffId, idMap }: LayerName, watch: UnpackWatch): Promise<Layer> {
    await using stage = await this.#staging.make();
    const target = stage.at(TREE);
    await mkdir(target, { mode: 0o755 });
    const archive = this.#blobs.path(digest);
    const what = `the layer ${shortDigest(digest)}`;
    const limits = this.#limits();
    const sync = this.#staging.isDurable;
    const done = await runUnpack(
      {
        type: 'extract',
        archive,
        target,
        limits,
        digest,
        sync,
        ...(diffId === undefined ? {} : { diffId }),
        ...(idMap === undefined ? {} : { idMap }),
      },
      what,
      watch,
    );
    if (done.digest !== digest) {
      await this.#blobs.discard(digest);
      throw new AgentError(
        'bad-image',
        `Cannot unpack ${what}: its blob is damaged, its content is ${shortDigest(done.digest ?? '')}; pull the image again`,
      );
    }
    const actual = done.diffId;
    if (actual === undefined || (diffId !== undefined && actual !== diffId)) {
      throw new AgentError(
        'bad-image',
        `Cannot unpack ${what}: uncompressed it is ${shortDigest(actual ?? '')}, and the image says ${shortDigest(diffId ?? '')}`,
      );
    }
    return await this.#keep(stage.directory, {
      diffId: actual,
      digest,
      bytes: done.bytes,
      entries: done.entries,
      isMountable: done.isMountable ?? false,
      link: BigInt(`0x${randomBytes(SHORT).toString('hex')}`).toString(36),
      ...(idMap === undefined ? {} : { idMap }),
      marks: done.marks ?? { removed: [], opaque: [], attributes: [] },
    });
  }

  async #keep(directory: string, record: z.infer<typeof LayerRecord>): Promise<Layer> {
    const there = await this.find(record.diffId, record.idMap);
    if (there !== undefined) return there;
    await writeFile(path.join(directory, RECORD), JSON.stringify(record), { mode: 0o600 });
    await mkdir(this.#places.links, { recursive: true, mode: 0o700 });
    const place = this.#places.layer(record.diffId, record.idMap);
    // A link to what is not there yet hurts nobody, and is found when there never is anything.
    await symlink(path.join(path.relative(this.#places.links, place), TREE), this.#places.link(record.link));
    await this.#staging.settle(directory, place);
    return this.#layerOf(record);
  }

  /** A layer that is there. */
  async find(diffId: Digest, idMap: IdMap | undefined): Promise<Layer | undefined> {
    return await this.#read(this.#places.layer(diffId, idMap));
  }

  async #read(place: string): Promise<Layer | undefined> {
    const text = await readFile(path.join(place, RECORD), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : this.#layerOf(LayerRecord.parse(parseTrustedJson(text)));
  }

  #layerOf({ marks: _marks, link, ...record }: z.infer<typeof LayerRecord>): Layer {
    const place = this.#places.layer(record.diffId, record.idMap);
    return { ...record, root: path.join(place, TREE), short: this.#places.link(link), marks: path.join(place, RECORD) };
  }

  /** Every layer that is there. */
  async list(): Promise<Layer[]> {
    const names = await readdir(this.#places.layers).catch(() => []);
    const layers = await Promise.all(names.map((name) => this.#read(path.join(this.#places.layers, name))));
    return layers.filter((layer) => layer !== undefined);
  }

  /** Takes one away to a place where it may be removed at leisure, in one step. */
  moveAway(layer: Layer, to: string): void {
    renameSync(this.#places.layer(layer.diffId, layer.idMap), to);
    rmSync(layer.short, { force: true });
  }

  /** Removes links that lead to no layer. Only while nothing is unpacked. */
  async removeLooseLinks(): Promise<void> {
    const known = new Set((await this.list()).map(({ short }) => short));
    const names = await readdir(this.#places.links).catch(() => []);
    for (const name of names) {
      const link = this.#places.link(name);
      if (!known.has(link)) await rm(link, { force: true });
    }
  }
}

/** The images of this machine: what names mean, what they consist of, and what nobody needs any more. */
import { mkdir } from 'node:fs/promises';
import { AgentError } from '../../protocol/agent-error.ts';
import type { IdMap } from '../id-map.ts';
import { BlobStore } from './blob-store.ts';
import { collectGarbage, type Freed } from './collect.ts';
import { isDigest, type Digest } from './digest.ts';
import type { Image } from './image.ts';
import { ImageTable, type ImageRow } from './image-table.ts';
import { LayerStore, type Layer } from './layer-store.ts';
import { Pins } from './pins.ts';
import { Places } from './places.ts';
import { readImage } from './read-image.ts';
import { parseReference, referenceText } from './reference.ts';
import { Staging } from './staging.ts';
import type { UnpackLimits } from './unpack/limits.ts';
import type { UnpackWatch } from './unpack/run-unpack.ts';

export interface ImageStoreOptions {
  /** Absolute. Nobody else may write there. */
  readonly directory: string;
  /** Whether what is stored survives the loss of power, and not just the death of any process. */
  readonly isDurable: boolean;
  readonly limits: () => UnpackLimits;
  /** Whom the users of most containers are outside: for them layers are unpacked as soon as an image comes. */
  readonly idMap: () => Promise<IdMap | undefined>;
}

/** An image with its names. */
export interface KnownImage extends Image, Pick<ImageRow, 'names' | 'source' | 'added'> {}

/** Who stands on an image, by the digest of its manifest. */
export type ImageUsers = () => ReadonlyMap<Digest, readonly string[]>;

/** Digits of a digest that name it. */
const LEAST_DIGITS = 6;

export class ImageStore {
  readonly places: Places;
  readonly staging: Staging;
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly pins = new Pins();
  /** See {@link ImageStoreOptions.idMap}. */
  readonly usualIdMap: ImageStoreOptions['idMap'];
  readonly #table: ImageTable;
  readonly #images = new Map<Digest, Image>();
  #users: ImageUsers = () => new Map();

  constructor({ directory, isDurable, limits, idMap }: ImageStoreOptions) {
    this.usualIdMap = idMap;
    this.places = new Places(directory);
    this.staging = new Staging(this.places, isDurable);
    this.blobs = new BlobStore(this.places, this.staging);
    this.layers = new LayerStore(this.places, this.staging, this.blobs, limits);
    this.#table = new ImageTable(this.places, this.staging);
  }

  /** Makes the directory, and removes what an agent that died left incomplete. Errors: those of files; `failed` for a damaged table. */
  async open(users: ImageUsers): Promise<void> {
    this.#users = users;
    await mkdir(this.places.directory, { recursive: true, mode: 0o700 });
    await this.staging.empty();
    await this.layers.removeLooseLinks();
    await this.#table.load();
  }

  /** Every image, the newest first. One whose documents were damaged is left out. */
  async list(): Promise<KnownImage[]> {
    const images = await Promise.all(this.#table.rows.map(async (row) => this.#known(row).catch(() => undefined)));
    return images.filter((image) => image !== undefined).toSorted((a, b) => b.added - a.added);
  }

  /** The image of a name or a digest, of which the first digits suffice. Errors: AgentError `unknown-image`, `bad-arguments`, `bad-image`. */
  async get(text: string): Promise<KnownImage> {
    return await this.#known(this.#rowOf(text));
  }

  /** Who stands on an image. */
  usersOf(digest: Digest): readonly string[] {
    return this.#users().get(digest) ?? [];
  }

  /**
   * Takes an image in whose blobs are in the store: its layers are unpacked, then it has its name. Whoever calls holds pins
   * on its blobs.
   *
   * Errors: AgentError `bad-image`, `no-space`; the signal's reason.
   */
  async add(
    digest: Digest,
    name: string | undefined,
    source: string,
    added: number,
    watch: UnpackWatch,
  ): Promise<KnownImage> {
    const image = await readImage(this.blobs, digest);
    using hold = this.pins.hold(digest, image.configDigest);
    const idMap = await this.usualIdMap();
    for (const layer of image.layers) {
      hold.add(layer.digest, layer.diffId);
      await this.layers.ensure({ ...layer, idMap }, watch);
    }
    await this.#table.add({ digest, source, added }, name);
    return await this.get(digest);
  }

  /** The layers of an image for containers of these users, the lowest first; one that is missing is unpacked. Errors: as of {@link add}. */
  async layersOf(image: Image, idMap: IdMap | undefined, watch: UnpackWatch): Promise<Layer[]> {
    const layers: Layer[] = [];
    for (const layer of image.layers) layers.push(await this.layers.ensure({ ...layer, idMap }, watch));
    return layers;
  }

  /**
   * Takes a name away, or with a digest the image and all its names. An image without a name is removed, with what only it
   * needed. Errors: AgentError `unknown-image`; `image-in-use` when a container stands on it.
   */
  async remove(text: string): Promise<Freed> {
    const row = this.#rowOf(text);
    const name = isNameOf(row, text);
    if (name !== undefined && row.names.length > 1) {
      await this.#table.removeName(name);
      return { images: [], layers: 0, bytes: 0 };
    }
    const [user, ...others] = this.usersOf(row.digest);
    if (user !== undefined) {
      const more = others.length === 0 ? '' : ` and ${others.length} more`;
      throw new AgentError(
        'image-in-use',
        `Cannot remove the image "${text}": the container "${user}"${more} stands on it`,
      );
    }
    await this.#table.remove([row.digest]);
    return { ...(await this.#collect()), images: [row.digest] };
  }

  /** Removes images without a name on which nobody stands, with `all` those with one, too, and whatever belongs to no image. */
  async prune(all: boolean): Promise<Freed> {
    const useless = this.#table.rows.filter(
      ({ digest, names }) => (all || names.length === 0) && this.usersOf(digest).length === 0 && !this.pins.has(digest),
    );
    const images = useless.map(({ digest }) => digest);
    if (images.length > 0) await this.#table.remove(images);
    return { ...(await this.#collect()), images };
  }

  async #collect(): Promise<Omit<Freed, 'images'>> {
    const digests = new Set([...this.#table.rows.map(({ digest }) => digest), ...this.#users().keys()]);
    const images = await Promise.all([...digests].map((digest) => this.#image(digest)));
    return await collectGarbage(this, images);
  }

  #rowOf(text: string): ImageRow {
    const rows = this.#table.rows;
    const isHex = /^(sha(256|512):)?[0-9a-f]+$/.test(text);
    const digits = text.replace(/^sha(256|512):/, '');
    const byDigest =
      isHex && digits.length >= LEAST_DIGITS
        ? rows.filter(({ digest }) => digest.split(':')[1]?.startsWith(digits))
        : [];
    const [row, another] = byDigest;
    if (row !== undefined && another === undefined) return row;
    if (another !== undefined)
      throw new AgentError('bad-arguments', `Cannot find the image "${text}": these digits begin several; give more`);
    const name = isDigest(text) ? undefined : referenceText(parseReference(text));
    const byName = rows.find(({ names }) => name !== undefined && names.includes(name));
    if (byName !== undefined) return byName;
    throw new AgentError('unknown-image', `Cannot find the image "${text}": no image of this name or digest is here`);
  }

  async #known({ digest, names, source, added }: ImageRow): Promise<KnownImage> {
    return { ...(await this.#image(digest)), names, source, added };
  }

  async #image(digest: Digest): Promise<Image> {
    const known = this.#images.get(digest);
    if (known !== undefined) return known;
    const image = await readImage(this.blobs, digest);
    this.#images.set(digest, image);
    return image;
  }

  /** What was removed must not be remembered. */
  forget(digest: Digest): void {
    this.#images.delete(digest);
  }
}

/** The name of an image that a text is; undefined for a digest. */
function isNameOf({ names }: ImageRow, text: string): string | undefined {
  if (/^(sha(256|512):)?[0-9a-f]+$/.test(text) && names.every((name) => !name.includes(text))) return undefined;
  try {
    const name = referenceText(parseReference(text));
    return names.includes(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

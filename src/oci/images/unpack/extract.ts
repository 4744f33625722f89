/** Writes the entries of an archive into a tree. Sources: the image format of OCI (layers, whiteouts), overlayfs of Linux. */
import { closeSync, constants, linkSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import type { SpecialFiles } from '../../../host/special-files.ts';
import { errnoOf } from '../../../protocol/file-error.ts';
import { ArchiveError, shownName } from '../../../files/archive-error.ts';
import { type IdMap, outsideOf } from '../../id-map.ts';
import { isText, joined, partsOf } from '../../../files/entry-name.ts';
import { OPAQUE_ATTRIBUTE, WHITEOUT_MODE, type LayerMarks } from './layer-marks.ts';
import type { UnpackMeter } from './limits.ts';
import { DirectoryOwners, own, type Ownership } from './owners.ts';
import type { TarEntry, TarSink } from '../../../files/tar-reader.ts';
import { Tree, type Spot } from './tree.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** Before a name: what is called so in the layers below is gone. */
const WHITEOUT = '.wh.';
/** Alone in a directory: nothing of the layers below is seen in it. */
const OPAQUE = '.wh..wh..opq';
/** What an old file system kept for itself. */
const BOOKKEEPING = '.wh..wh.';
const SLASH = 0x2f;
const MOST_ATTRIBUTES = 100_000;
const FIFO_MODE = 0o010000;
/** Of a directory that is there because something is in it. */
const IMPLIED_MODE = 0o755;

/** What an archive turned out to hold. */
export interface Extracted {
  readonly marks: LayerMarks;
  /** Whether overlayfs can mount the tree as a layer: false when marks could not be made for want of rights. */
  readonly isMountable: boolean;
}

/** Takes entries in order; {@link finish} after the last. What it throws ends it: the tree is of no use then. */
export class Extraction implements TarSink, Disposable {
  readonly #tree: Tree;
  readonly #meter: UnpackMeter;
  readonly #special: SpecialFiles | undefined;
  readonly #idMap: IdMap | undefined;
  readonly #directories = new DirectoryOwners();
  readonly #removed = new Map<string, readonly Buffer[]>();
  readonly #opaque = new Map<string, readonly Buffer[]>();
  readonly #attributes: [string, string, string][] = [];
  #file: { readonly fd: number; readonly spot: Spot; readonly entry: TarEntry } | undefined;

  constructor(root: string, meter: UnpackMeter, special: SpecialFiles | undefined, idMap?: IdMap) {
    this.#tree = new Tree(root, (parts) => {
      this.#imply(parts);
    });
    this.#idMap = idMap;
    this.#meter = meter;
    this.#special = special;
  }

  entry(entry: TarEntry): void {
    this.#meter.entry(entry.size);
    try {
      this.#take(entry, partsOf(entry.name));
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      throw new ArchiveError(`entry ${this.#meter.entries}, ${shownName(entry.name)}: ${error.message}`);
    }
  }

  data(bytes: Buffer): void {
    if (this.#file === undefined) return;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file.fd, bytes, at);
  }

  entryEnd(): void {
    if (this.#file === undefined) return;
    const { fd, spot, entry } = this.#file;
    this.#file = undefined;
    closeSync(fd);
    own(spot, this.#ownership(entry));
    this.#setAttributes(spot, entry);
  }

  /** Makes the marks, and gives the directories their owners. */
  finish(): Extracted {
    this.#resolveRemoved();
    const isMountable = this.#makeMarks();
    this.#directories.apply(this.#tree);
    const name = (parts: readonly Buffer[]): string => joined(parts).toString('base64');
    return {
      marks: {
        removed: [...this.#removed.values()].map(name),
        opaque: [...this.#opaque.values()].map(name),
        attributes: this.#attributes,
      },
      isMountable,
    };
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.fd);
    this.#tree[Symbol.dispose]();
  }

  #take(entry: TarEntry, parts: Buffer[]): void {
    const name = parts.at(-1);
    if (name === undefined) {
      if (entry.type !== 'directory') throw new ArchiveError(`the root is a ${entry.type}`);
      this.#directories.set([], this.#ownership(entry));
      return;
    }
    if (isText(name, OPAQUE)) {
      if (parts.length === 1) throw new ArchiveError('it hides all layers below: an image without them is wanted');
      this.#opaque.set(keyOf(parts.slice(0, -1)), copied(parts.slice(0, -1)));
      return;
    }
    if (parts.some((part) => begins(part, BOOKKEEPING))) return;
    if (parts.slice(0, -1).some((part) => begins(part, WHITEOUT))) {
      throw new ArchiveError('it is in a directory that is a mark of something gone');
    }
    if (begins(name, WHITEOUT)) this.#takeWhiteout(parts, name);
    else this.#make(entry, parts);
  }

  #takeWhiteout(parts: readonly Buffer[], name: Buffer): void {
    const hidden = name.subarray(WHITEOUT.length);
    if (hidden.length === 0 || isText(hidden, '.') || isText(hidden, '..')) {
      throw new ArchiveError('it marks nothing that can be gone');
    }
    const target = copied([...parts.slice(0, -1), hidden]);
    this.#removed.set(keyOf(target), target);
  }

  #make(entry: TarEntry, parts: readonly Buffer[]): void {
    switch (entry.type) {
      case 'directory':
        this.#makeDirectory(entry, parts);
        return;
      case 'file': {
        const spot = this.#emptySpot(parts);
        this.#file = { fd: openSync(spot, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600), spot, entry };
        return;
      }
      case 'symlink': {
        if (entry.linkName.length === 0 || entry.linkName.includes(0))
          throw new ArchiveError('it is a link to nothing');
        const spot = this.#emptySpot(parts);
        // Where it leads is for whoever runs in the container. We never follow it.
        symlinkSync(entry.linkName, spot);
        own(spot, this.#ownership(entry), true);
        return;
      }
      case 'hardlink':
        this.#makeLink(entry, parts);
        return;
      case 'fifo': {
        if (this.#special === undefined) throw new ArchiveError('it is a fifo, which can not be made on this machine');
        const spot = this.#emptySpot(parts);
        this.#special.makeNode(spot, FIFO_MODE | 0o600, 0);
        own(spot, this.#ownership(entry));
        return;
      }
      case 'character-device':
      case 'block-device':
        throw new ArchiveError(
          `it is a ${entry.type.replace('-', ' ')}: a container gets its devices when it starts, images may have none`,
        );
    }
  }

  #makeDirectory(entry: TarEntry, parts: readonly Buffer[]): void {
    const spot = this.#tree.at(parts);
    const there = this.#tree.look(spot);
    if (there !== undefined && !there.isDirectory()) this.#tree.remove(parts, spot);
    if (there?.isDirectory() !== true) mkdirSync(spot, 0o700);
    this.#directories.set(parts, this.#ownership(entry));
    this.#setAttributes(spot, entry);
  }

  #makeLink({ linkName }: TarEntry, parts: readonly Buffer[]): void {
    const refuse = (why: string): never => {
      throw new ArchiveError(`it is a hard link to ${shownName(linkName)}, ${why}`);
    };
    if (linkName[0] === SLASH) refuse('which is outside of the tree');
    const targetParts = partsOf(linkName);
    if (keyOf(targetParts) === keyOf(parts)) refuse('itself');
    // Both places are held while the link is made: a path through a descriptor is good only as long as that is open.
    using from = new Tree(this.#tree.root.toString());
    const target = from.find(targetParts);
    const stats = target === undefined ? undefined : from.look(target);
    if (target === undefined || stats === undefined) return refuse('which is not in this archive');
    if (!stats.isFile() && !stats.isSymbolicLink()) refuse('which is no file');
    const spot = this.#emptySpot(parts);
    linkSync(target, spot);
  }

  /** A directory that no entry speaks of is root's. */
  #imply(parts: readonly Buffer[]): void {
    const ownership = this.#ownership({ uid: 0, gid: 0, mode: IMPLIED_MODE, mtime: Date.now() / 1000 });
    this.#directories.set(parts, ownership);
  }

  #ownership({ uid, gid, mode, mtime }: Ownership): Ownership {
    return { ...outsideOf({ uid, gid }, this.#idMap), mode, mtime };
  }

  /** The place of an entry that replaces whatever is there. */
  #emptySpot(parts: readonly Buffer[]): Spot {
    const spot = this.#tree.at(parts);
    if (this.#tree.look(spot) !== undefined) this.#tree.remove(parts, spot);
    return spot;
  }

  /**
   * Attributes that mean something to programs are kept, and file capabilities. Those by which overlayfs steers itself
   * are refused; what only the machine an image was made on understands is left out.
   */
  #setAttributes(spot: Spot, { name, attributes }: TarEntry): void {
    for (const [key, value] of attributes) {
      if (/^(trusted\.|user\.overlay\.)/.test(key))
        throw new ArchiveError(`it has the attribute ${JSON.stringify(key)}, which images may not set`);
      if (!/^(user\..|security\.capability$)/.test(key) || key.includes('\0')) continue;
      if (this.#attributes.length >= MOST_ATTRIBUTES)
        throw new ArchiveError(`more than ${MOST_ATTRIBUTES} extended attributes`);
      this.#attributes.push([joined(partsOf(name)).toString('base64'), key, value.toString('base64')]);
      attempt(() => {
        this.#special?.setAttribute(spot, key, value);
      });
    }
  }

  /** What a layer has itself is not gone; a directory it has anew shows nothing of the one it replaces. */
  #resolveRemoved(): void {
    for (const [key, parts] of this.#removed) {
      const spot = this.#tree.find(parts);
      const there = spot === undefined ? undefined : this.#tree.look(spot);
      if (there === undefined) continue;
      this.#removed.delete(key);
      if (there.isDirectory()) this.#opaque.set(key, parts);
    }
  }

  #makeMarks(): boolean {
    if (this.#removed.size === 0 && this.#opaque.size === 0) return true;
    let isComplete = this.#special !== undefined;
    for (const parts of this.#removed.values()) {
      const spot = this.#tree.at(parts);
      isComplete = attempt(() => this.#special?.makeNode(spot, WHITEOUT_MODE, 0)) && isComplete;
    }
    for (const parts of this.#opaque.values()) {
      const spot = this.#tree.at(parts);
      if (this.#tree.look(spot) === undefined) {
        mkdirSync(spot, IMPLIED_MODE);
        this.#imply(parts);
      }
      isComplete = attempt(() => this.#special?.setAttribute(spot, OPAQUE_ATTRIBUTE, Buffer.from('y'))) && isComplete;
    }
    return isComplete;
  }
}

/** False when the system does not let us, which only root may: the marks are known without. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

function begins(name: Buffer, text: string): boolean {
  return name.subarray(0, text.length).toString('latin1') === text;
}

function keyOf(parts: readonly Buffer[]): string {
  return joined(parts).toString('latin1');
}

function copied(parts: readonly Buffer[]): readonly Buffer[] {
  return parts.map((part) => Buffer.from(part));
}

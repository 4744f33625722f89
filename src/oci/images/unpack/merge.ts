/** Copies the trees of layers over each other, the lowest first, into one. Where the file system can, files share their bytes. */
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  type Stats,
} from 'node:fs';
import type { SpecialFiles } from '../../../host/special-files.ts';
import { partsOf } from '../../../files/entry-name.ts';
import type { LayerMarks } from './layer-marks.ts';
import type { UnpackMeter } from './limits.ts';
import { DirectoryOwners, own, type Ownership } from './owners.ts';
import { Tree } from './tree.ts';

export interface LayerTree {
  /** Absolute path of the tree. */
  readonly root: string;
  readonly marks: LayerMarks;
}

export class Merge implements Disposable {
  readonly #target: Tree;
  readonly #meter: UnpackMeter;
  readonly #special: SpecialFiles | undefined;
  readonly #directories = new DirectoryOwners();

  constructor(target: string, meter: UnpackMeter, special: SpecialFiles | undefined) {
    this.#target = new Tree(target);
    this.#meter = meter;
    this.#special = special;
  }

  /** Puts one more layer over what is there. */
  add({ root, marks }: LayerTree): void {
    for (const name of [...marks.removed, ...marks.opaque]) this.#clear(partsOf(Buffer.from(name, 'base64')));
    using source = new Tree(root);
    const links = new Map<string, readonly Buffer[]>();
    this.#copyDirectory(source, [], links);
    for (const [name, key, value] of marks.attributes) {
      const spot = this.#target.find(partsOf(Buffer.from(name, 'base64')));
      if (spot !== undefined) tryTo(() => this.#special?.setAttribute(spot, key, Buffer.from(value, 'base64')));
    }
  }

  finish(): void {
    this.#directories.apply(this.#target);
  }

  [Symbol.dispose](): void {
    this.#target[Symbol.dispose]();
  }

  #clear(parts: readonly Buffer[]): void {
    const spot = this.#target.find(parts);
    if (spot !== undefined && this.#target.look(spot) !== undefined) this.#target.remove(parts, spot);
  }

  #copyDirectory(source: Tree, parts: readonly Buffer[], links: Map<string, readonly Buffer[]>): void {
    const from = parts.length === 0 ? source.root : source.at(parts);
    const stats = source.look(Buffer.concat([from, Buffer.from('/.')]));
    if (stats !== undefined) this.#directories.set(parts, ownership(stats));
    for (const name of readdirSync(from, { encoding: 'buffer' })) {
      const own = [...parts, name];
      const found = source.look(source.at(own));
      if (found === undefined) continue;
      this.#meter.entry(found.isFile() ? found.size : 0);
      if (found.isDirectory()) {
        this.#makeDirectory(own);
        this.#copyDirectory(source, own, links);
      } else this.#copyEntry(source, own, found, links);
    }
  }

  #makeDirectory(parts: readonly Buffer[]): void {
    const spot = this.#target.at(parts);
    const there = this.#target.look(spot);
    if (there?.isDirectory() === true) return;
    if (there !== undefined) this.#target.remove(parts, spot);
    mkdirSync(spot, 0o700);
  }

  #copyEntry(source: Tree, parts: readonly Buffer[], stats: Stats, links: Map<string, readonly Buffer[]>): void {
    // How overlayfs marks what is gone; it was cleared above.
    if (stats.isCharacterDevice()) return;
    const from = source.at(parts);
    const to = this.#target.at(parts);
    if (this.#target.look(to) !== undefined) this.#target.remove(parts, to);
    const key = `${stats.dev}:${stats.ino}`;
    const first = stats.nlink > 1 ? links.get(key) : undefined;
    if (first !== undefined) {
      using other = new Tree(this.#target.root.toString());
      linkSync(other.at(first), to);
      return;
    }
    if (stats.nlink > 1) links.set(key, parts);
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to);
    else if (stats.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    else if (stats.isFIFO()) this.#special?.makeNode(to, stats.mode, 0);
    else return;
    own(to, ownership(stats), stats.isSymbolicLink());
  }
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // Attributes are a courtesy where a file system or the rights of the agent do not have them.
  }
}

function ownership({ uid, gid, mode, mtimeMs }: Stats): Ownership {
  return { uid, gid, mode: mode & 0o7777, mtime: mtimeMs / 1000 };
}

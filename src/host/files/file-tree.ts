import { chmod, chown, lchown, rename } from 'node:fs/promises';
import type { FileInfo, FilePage } from '../../protocol/files.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { changeTree, type Change } from './change-tree.ts';
import { fileInfo } from './describe-file.ts';
import { errnoOf, explained } from '../../protocol/file-error.ts';
import { checkWritable, type FileWorld } from './file-settings.ts';
import { Held } from '../../files/held.ts';
import { listDirectory, type ListOptions } from './list-directory.ts';
import { ownerNumbers } from './owners.ts';
import { removeTree } from './remove-tree.ts';
import { locate, named, type Spot } from './spot.ts';
import { TreeWork, type WorkWatch } from './tree-work.ts';

/** The tree of files, as far as callers may touch it. `world` is asked each time: it may change. */
export class FileTree {
  readonly #world: () => FileWorld;

  constructor(world: () => FileWorld) {
    this.#world = world;
  }

  /** Whether something is there; a link that leads nowhere is nothing. Errors: `forbidden` and others that leave it open. */
  exists(path: string): Promise<boolean> {
    return explained(`look for "${path}"`, async () => {
      try {
        await using spot = await locate(this.#world(), path, { follow: true });
        return spot.node !== undefined;
      } catch (error) {
        const code = error instanceof AgentError ? error.code : errnoOf(error);
        if (code === 'no-such-file' || code === 'ENOENT') return false;
        throw error;
      }
    });
  }

  stat(path: string, follow: boolean): Promise<FileInfo> {
    return explained(`look at "${path}"`, async () => {
      const { disk } = this.#world();
      await using spot = await locate(this.#world(), path, { follow });
      await using looked = spot.node === undefined ? await spot.parent?.child(spot.name) : undefined;
      const node = present(spot.node ?? looked, path);
      const stats = await node.stat();
      const target = stats.isSymbolicLink() ? await spot.parent?.target(spot.name) : undefined;
      return await fileInfo(disk, path, stats, target);
    });
  }

  list(path: string, options: ListOptions): Promise<FilePage> {
    return explained(`list "${path}"`, async () => {
      const world = this.#world();
      await using spot = await locate(world, path, { follow: true });
      const node = present(spot.node, path);
      if (!(await node.stat()).isDirectory())
        throw new AgentError('bad-path', `Cannot list "${path}": it is no directory`);
      return await listDirectory(world.disk, node, options);
    });
  }

  mkdir(path: string, permissions: number): Promise<void> {
    const action = `make the directory "${path}"`;
    return this.#change(action, async (world) => {
      await using spot = await locate(world, path, { follow: true, make: permissions });
      if ((await spot.node?.stat())?.isDirectory() !== true) {
        throw new AgentError('file-exists', `Cannot ${action}: there is something else of this name`);
      }
    });
  }

  remove(path: string, watch: WorkWatch): Promise<number> {
    const action = `remove "${path}"`;
    return this.#change(action, async (world) => {
      const work = new TreeWork(action, watch);
      await using spot = await locateOrNothing(world, path);
      if (spot === undefined) return 0;
      const { parent, name } = named(spot, action);
      const isRoot = await rootTest(world);
      const guard = async (directory: Held): Promise<void> => {
        if (await isRoot(directory)) throw new AgentError('forbidden', 'it is one of the agent’s own roots');
      };
      await removeTree({ disk: world.disk, work, guard }, parent, name, path);
      return work.end();
    });
  }

  move(from: string, to: string): Promise<void> {
    const action = `move "${from}" to "${to}"`;
    return this.#change(action, async (world) => {
      await using source = await locate(world, from, { follow: false });
      await using target = await locate(world, to, { follow: false });
      const [old, fresh] = [named(source, action), named(target, action)];
      const isRoot = await rootTest(world);
      for (const { parent, name } of [old, fresh]) {
        await using node = await parent.child(name);
        if (node !== undefined && (await isRoot(node)))
          throw new AgentError('forbidden', `Cannot ${action}: one of them is one of the agent’s own roots`);
      }
      await world.disk.do(() => rename(old.parent.at(old.name), fresh.parent.at(fresh.name)));
    });
  }

  chmod(path: string, permissions: number, recursive: boolean, watch: WorkWatch): Promise<number> {
    return this.#changeAll(`change the mode of "${path}"`, path, recursive, watch, ({ disk }) => {
      return async ({ node, stats }) => {
        // A link has no mode of its own.
        if (stats.isSymbolicLink()) return false;
        await disk.do(() => chmod(node.path, permissions));
        return true;
      };
    });
  }

  chown(
    path: string,
    owner: { readonly user?: string; readonly group?: string },
    recursive: boolean,
    watch: WorkWatch,
  ): Promise<number> {
    return this.#changeAll(`change the owner of "${path}"`, path, recursive, watch, async ({ disk }) => {
      const { uid, gid } = await ownerNumbers(disk, owner);
      return async ({ node, stats, parent, name }) => {
        // A link is given away itself, whatever stands there by now: never what it leads to.
        const isLink = stats.isSymbolicLink() && parent !== undefined;
        await disk.do(() => (isLink ? lchown(parent.at(name), uid, gid) : chown(node.path, uid, gid)));
        return true;
      };
    });
  }

  #changeAll(
    action: string,
    path: string,
    recursive: boolean,
    watch: WorkWatch,
    prepare: (world: FileWorld) => Change['apply'] | Promise<Change['apply']>,
  ): Promise<number> {
    return this.#change(action, async (world) => {
      const apply = await prepare(world);
      const work = new TreeWork(action, watch);
      await using spot = await locate(world, path, { follow: true });
      const node = present(spot.node, path);
      const target = { node, stats: await node.stat(), parent: spot.parent, name: spot.name };
      await changeTree({ disk: world.disk, work, apply }, target, path, recursive);
      return work.end();
    });
  }

  #change<T>(action: string, work: (world: FileWorld) => Promise<T>): Promise<T> {
    const world = this.#world();
    return explained(action, () => {
      checkWritable(world, action);
      return work(world);
    });
  }
}

function present(node: Held | undefined, path: string): Held {
  if (node !== undefined) return node;
  throw new AgentError('no-such-file', `Cannot use "${path}": there is no such file or directory`);
}

/** Where something stands that is to be removed; undefined when a directory above it is gone as well. */
async function locateOrNothing(world: FileWorld, path: string): Promise<Spot | undefined> {
  try {
    return await locate(world, path, { follow: false });
  } catch (error) {
    const code = error instanceof AgentError ? error.code : errnoOf(error);
    if (code === 'no-such-file' || code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells whether something held is a root, by whatever path it was reached. */
async function rootTest({ disk, roots }: FileWorld): Promise<(held: Held) => Promise<boolean>> {
  const known = new Set<string>();
  for (const directory of ['/', ...roots.directories]) {
    try {
      await using root = await Held.open(disk, directory);
      known.add(await identity(root));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  return async (held) => known.has(await identity(held));
}

async function identity(held: Held): Promise<string> {
  const { dev, ino } = await held.stat();
  return `${dev} ${ino}`;
}

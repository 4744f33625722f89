import { constants } from 'node:fs';
import { readlink, stat, statfs } from 'node:fs/promises';

import type { Disk } from '../../host/files/disk.ts';
import type { Held } from '../../files/held.ts';
import { Roots } from '../../host/files/roots.ts';
import { locate } from '../../host/files/spot.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { checkDestination } from '../spec/container-mounts.ts';
import type { RuntimeMount } from '../spec/runtime-config.ts';
import { type BindPolicy, type BindSource, checkBindSource } from './bind-policy.ts';

/** A file or directory of the machine that a container is to see. */
export interface BindRequest {
  /** Absolute, on the machine. */
  readonly source: string;
  /** Absolute, in the container. */
  readonly destination: string;
  /** Whether the container may change it. Default: no. */
  readonly writable?: boolean;
}

/**
 * Files of the machine that were checked and are held open until the container has them. A runtime can only mount by
 * path, so {@link HeldBinds.verify} looks afterwards whether it got what is held, whatever took its name meanwhile.
 */
export class HeldBinds implements AsyncDisposable {
  /** For the plan of the container. */
  readonly mounts: readonly RuntimeMount[];
  readonly #nodes: ReadonlyMap<string, Held>;
  readonly #held: AsyncDisposableStack;

  private constructor(mounts: readonly RuntimeMount[], nodes: ReadonlyMap<string, Held>, held: AsyncDisposableStack) {
    this.mounts = mounts;
    this.#nodes = nodes;
    this.#held = held;
  }

  /**
   * Dispose it when the container was created, or was not. Errors: AgentError `forbidden` for what the policy does not
   * allow, `no-such-file`, `bad-path`; those of the system.
   */
  static async take(requests: readonly BindRequest[], policy: BindPolicy, disk: Disk): Promise<HeldBinds> {
    await using taken = new AsyncDisposableStack();
    const mounts: RuntimeMount[] = [];
    const nodes = new Map<string, Held>();
    for (const { source, destination, writable = false } of requests) {
      checkDestination(destination);
      const node = taken.use(await hold(source, policy, disk));
      const found = await describe(source, node);
      checkBindSource(found, policy);
      nodes.set(destination, node);
      const options = ['bind', 'private', 'nosuid', 'nodev', writable ? 'rw' : 'ro'];
      mounts.push({ destination, type: 'bind', source: found.real, options });
    }
    return new HeldBinds(mounts, nodes, taken.move());
  }

  /**
   * Call it when the container was created and before its program starts; with a terminal, as soon as it runs. `pid` is
   * its first process. Errors: AgentError `forbidden` when the container got something else: end it.
   */
  async verify(pid: number): Promise<void> {
    for (const [destination, node] of this.#nodes) {
      const [held, mounted] = await Promise.all([
        node.stat(),
        stat(`/proc/${String(pid)}/root${destination}`, { bigint: true }).catch(() => undefined),
      ]);
      if (mounted?.ino === held.ino && mounted.dev === held.dev) continue;
      throw new AgentError(
        'forbidden',
        `Cannot mount anything at "${destination}" in a container: what was allowed was exchanged for something else meanwhile`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

/** Every name is looked up in a directory that is held, so that none of them leads out of the roots. */
async function hold(source: string, { roots }: BindPolicy, disk: Disk): Promise<Held> {
  if (roots.length === 0) {
    throw new AgentError(
      'forbidden',
      `Cannot mount "${source}" in a container: no directory of this machine may be mounted; the agent's configuration can name some`,
    );
  }
  if (!source.startsWith('/') || source.includes('\0')) {
    throw new AgentError(
      'bad-path',
      `Cannot mount ${JSON.stringify(source)} in a container: it must be an absolute path`,
    );
  }
  const spot = await locate({ disk, roots: new Roots(disk, roots) }, source, { follow: true });
  await spot.parent?.[Symbol.asyncDispose]();
  if (spot.node === undefined) {
    throw new AgentError('no-such-file', `Cannot mount "${source}" in a container: there is nothing`);
  }
  return spot.node;
}

async function describe(asked: string, node: Held): Promise<BindSource> {
  const { mode } = await node.stat();
  const [real, { type: fileSystem }] = await Promise.all([readlink(node.path), statfs(node.path)]);
  return { asked, real, sort: sortOf(Number(mode)), fileSystem };
}

function sortOf(mode: number): BindSource['sort'] {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFSOCK:
      return 'socket';
    case constants.S_IFBLK:
    case constants.S_IFCHR:
      return 'device';
    default:
      return 'other';
  }
}

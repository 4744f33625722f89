import type { FileEntry, FileInfo, FilePage } from '../protocol/files.ts';
import type { Session } from './session.ts';

const AGAIN = { idempotent: true } as const;
/** Entries that are asked for at once. */
const PAGE = 1000;

/** Who a file is given to, by name or number; what is missing stays. */
export interface NewOwner {
  readonly user?: string | number;
  readonly group?: string | number;
}

/** What a client may do with files of the agent's machine. Paths are absolute. Errors are AgentErrors. */
export class FilesApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whether something is there; a link that leads nowhere is nothing. */
  exists(path: string): Promise<boolean> {
    return this.#session.call('filesystem.exists', { path }, AGAIN) as Promise<boolean>;
  }

  /** `follow`: of what a link leads to instead of the link. Errors: `no-such-file`. */
  stat(path: string, options: { readonly follow?: boolean } = {}): Promise<FileInfo> {
    return this.#session.call('filesystem.stat', { path, ...options }, AGAIN) as Promise<FileInfo>;
  }

  /** Every entry of a directory, in the order of their names, fetched page by page. */
  async *list(path: string): AsyncGenerator<FileEntry, void, undefined> {
    let after: string | undefined;
    do {
      const args = { path, limit: PAGE, ...(after === undefined ? {} : { after }) };
      const page = (await this.#session.call('filesystem.list', args, AGAIN)) as FilePage;
      yield* page.entries;
      after = page.next;
    } while (after !== undefined);
  }

  /** Makes a directory and those above it that are missing. */
  mkdir(path: string, options: { readonly mode?: number } = {}): Promise<void> {
    return this.#session.tell('filesystem.mkdir', { path, ...options }, AGAIN);
  }

  /** Removes a file, or a directory with all in it; what is not there is no trouble. */
  remove(path: string): Promise<void> {
    return this.#session.tell('filesystem.remove', { path }, AGAIN);
  }

  /** Renames within one file system; a file at the destination is replaced. */
  move(path: string, destination: string): Promise<void> {
    return this.#session.tell('filesystem.move', { path, destination });
  }

  chmod(path: string, mode: number, options: { readonly recursive?: boolean } = {}): Promise<void> {
    return this.#session.tell('filesystem.chmod', { path, mode, ...options }, AGAIN);
  }

  chown(path: string, owner: NewOwner, options: { readonly recursive?: boolean } = {}): Promise<void> {
    return this.#session.tell('filesystem.chown', { path, ...owner, ...options }, AGAIN);
  }
}

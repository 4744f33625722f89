import { randomUUID } from 'node:crypto';
import type { ArchiveToCopy } from '../engine/container-access.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { HandleTable } from './handle-table.ts';
import { type CollectedFile, checkDirectory, MOST_FILES, type PendingChange } from './pending-change.ts';
import type { StagedFiles } from './staged-files.ts';

/** Archives that handles collect. Their bytes are on the disk from the start: they may be many. */
export class PendingArchives {
  readonly #handles: HandleTable;
  readonly #files: StagedFiles;

  constructor(handles: HandleTable, files: StagedFiles) {
    this.#handles = handles;
    this.#files = files;
  }

  /** See `ContainerAccess.writeArchive`. While it is written there is no handle for it. */
  async write(handle: string, { path, name, data, append = false }: ArchiveToCopy): Promise<string> {
    return await this.#exchange(handle, async (before) => {
      checkDirectory(path);
      const known = append ? newestOf(before, path) : undefined;
      if (append && known === undefined) throw nothingThere(path, 'append to');
      if (known === undefined && before.files.length >= MOST_FILES) {
        throw new AgentError('too-many', `Cannot copy more than ${MOST_FILES} files and archives with one commit`);
      }
      const { source, size } = known ?? { source: randomUUID(), size: 0 };
      await this.#files.write(before.id, source, data, size);
      const archive = known?.archive ?? { ...(name !== undefined && { name }) };
      const file: CollectedFile = { source, path, mode: 0, parts: [], size: size + data.length, archive };
      return { ...before, files: [...before.files.filter((other) => other.source !== source), file] };
    });
  }

  /** Forgets the newest one for a path. Errors: AgentError `unknown-handle`, `bad-arguments`. */
  async drop(handle: string, path: string): Promise<string> {
    return await this.#exchange(handle, async (before) => {
      const known = newestOf(before, path);
      if (known === undefined) throw nothingThere(path, 'forget');
      await this.#files.drop(before.id, [known]);
      return { ...before, files: before.files.filter((other) => other !== known) };
    });
  }

  async #exchange(handle: string, change: (before: PendingChange) => Promise<PendingChange>): Promise<string> {
    const before = this.#handles.get(handle);
    this.#handles.remove(handle);
    try {
      return this.#handles.add(await change(before));
    } catch (error) {
      this.#handles.restore(handle, before);
      throw error;
    }
  }
}

function newestOf({ files }: PendingChange, path: string): CollectedFile | undefined {
  return files.findLast((file) => file.archive !== undefined && file.path === path);
}

function nothingThere(path: string, verb: string): AgentError {
  return new AgentError('bad-arguments', `Cannot ${verb} the archive for "${path}": the handle has none for it yet`);
}

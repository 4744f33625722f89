import { createHash, type Hash } from 'node:crypto';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../protocol/agent-error.ts';
import { explained } from '../protocol/file-error.ts';
import { FILE_BLOCK_BYTES, type DownloadAnswer } from '../protocol/files.ts';
import type { Session } from './session.ts';
import { transferStep, WINDOW, type Transferred, type TransferOptions } from './transfer.ts';

export interface DownloadOptions extends TransferOptions {
  /** Mode of the file here. @default that of the file there */
  readonly mode?: number;
}

/** What files end with that are still on their way. */
const PART = '.corex-part';
const PERMISSIONS = 0o777;

/**
 * Fetches a file from the agent's machine; it appears as a whole or not at all. A transfer that was cut off is gone on
 * with by fetching the same file to the same place again, as long as it is the same.
 */
export async function download(
  session: Session,
  remote: string,
  local: string,
  options: DownloadOptions = {},
): Promise<Transferred> {
  const about = await transferStep<DownloadAnswer>(
    session,
    'filesystem.download',
    { path: remote, size: 0 },
    options.signal,
  );
  const part = partName(local, remote, about.version);
  const file = await explained(`write "${local}"`, () => open(part, 'a+', 0o600));
  try {
    const fetching = new Fetching(session, file, remote, about, options);
    const done = await fetching.toItsEnd();
    await explained(`write "${local}"`, async () => {
      await file.chmod(options.mode ?? about.mode & PERMISSIONS);
      await file.sync();
      await rename(part, local);
    });
    await removeOlderParts(local);
    return done;
  } catch (error) {
    // What is not what was sent is of no use to a later try.
    if (error instanceof AgentError && error.code === 'hash-mismatch') await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

class Fetching {
  readonly #session: Session;
  readonly #file: FileHandle;
  readonly #remote: string;
  readonly #about: DownloadAnswer;
  readonly #options: DownloadOptions;
  readonly #hash: Hash = createHash('sha256');

  constructor(session: Session, file: FileHandle, remote: string, about: DownloadAnswer, options: DownloadOptions) {
    this.#session = session;
    this.#file = file;
    this.#remote = remote;
    this.#about = about;
    this.#options = options;
  }

  async toItsEnd(): Promise<Transferred> {
    const resumedFrom = await this.#resume();
    const { size } = this.#about;
    const onTheWay: Promise<DownloadAnswer>[] = [];
    let asked = resumedFrom;
    let done = resumedFrom;
    this.#tell(done, resumedFrom);
    for (;;) {
      // Beyond the size that was told there may be more, of which one block after the other is asked for.
      while (onTheWay.length === 0 || (onTheWay.length < WINDOW && asked < size)) {
        const answer = this.#step(asked);
        // Whoever waits for an earlier one hears of its error first.
        answer.catch(() => undefined);
        onTheWay.push(answer);
        asked += FILE_BLOCK_BYTES;
      }
      const answer = await onTheWay.shift();
      if (answer === undefined) throw new TypeError('A transfer asked for nothing');
      done += await this.#take(answer);
      this.#tell(done, resumedFrom);
      if (answer.end) {
        this.#checkSum(answer.sha256);
        return { size: done, sha256: answer.sha256 ?? '', resumedFrom };
      }
    }
  }

  /** Sums up what an earlier try has fetched; from where that ends it goes on. */
  async #resume(): Promise<number> {
    const { size } = await this.#file.stat();
    // A file of unknown size is fetched anew: what is there may be anything.
    if (size > this.#about.size) {
      await this.#file.truncate(0);
      return 0;
    }
    for (let at = 0; at < size;) {
      this.#options.signal?.throwIfAborted();
      const step = Math.min(FILE_BLOCK_BYTES, size - at);
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafeSlow(step), 0, step, at);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return size;
  }

  #step(offset: number): Promise<DownloadAnswer> {
    const step = { path: this.#remote, offset, version: this.#about.version };
    return transferStep(this.#session, 'filesystem.download', step, this.#options.signal);
  }

  async #take({ block }: DownloadAnswer): Promise<number> {
    const bytes = Buffer.from(block, 'base64');
    await explained(`write what "${this.#remote}" holds`, () => this.#file.appendFile(bytes));
    this.#hash.update(bytes);
    return bytes.length;
  }

  #checkSum(wanted: string | undefined): void {
    const sha256 = this.#hash.digest('hex');
    if (sha256 === wanted) return;
    throw new AgentError(
      'hash-mismatch',
      `Cannot download "${this.#remote}": the SHA-256 of what arrived is ${sha256}, not ${wanted ?? 'known'}`,
    );
  }

  #tell(done: number, resumedFrom: number): void {
    const { size } = this.#about;
    this.#options.onProgress?.({ done, total: size === 0 ? undefined : size, resumedFrom });
  }
}

/** The file beside the target that it grows in: another one for each version of what is fetched. */
function partName(local: string, remote: string, version: string): string {
  const digest = createHash('sha256').update(`${remote}\0${version}`).digest('hex').slice(0, 16);
  return path.join(path.dirname(local), `${partPrefix(local)}${digest}${PART}`);
}

function partPrefix(local: string): string {
  return `.${path.basename(local).slice(0, 200)}.`;
}

/** What is left of tries for other versions. */
async function removeOlderParts(local: string): Promise<void> {
  const directory = path.dirname(local);
  const names = await readdir(directory).catch(() => []);
  const isPart = (name: string): boolean => name.startsWith(partPrefix(local)) && name.endsWith(PART);
  await Promise.all(names.filter(isPart).map((name) => rm(path.join(directory, name), { force: true })));
}

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { parseTrustedJson } from '../../base/json.ts';
import type { NetworkSpec, PortForward } from './network-spec.ts';

/** A container in a network. Written down before anything is done, so that it is undone after any crash. */
export interface Attachment {
  readonly id: string;
  readonly network: NetworkSpec;
  readonly ports: readonly PortForward[];
  /** The file that holds its network namespace. */
  readonly netns: string;
  /** The file that holds its users, where they are mapped. */
  readonly users?: string;
  /** Its IPv4 address in the network; missing until it has one. */
  readonly address?: string;
}

/** The attachments of one agent, a file each. */
export class Attachments {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(attachment: Attachment): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = this.#file(attachment.id);
    await writeFile(`${file}.new`, JSON.stringify(attachment), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async read(id: string): Promise<Attachment | undefined> {
    try {
      return parseTrustedJson(await readFile(this.#file(id), 'utf8')) as Attachment;
    } catch {
      return undefined;
    }
  }

  async all(): Promise<Attachment[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const ids = names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
    return (await Promise.all(ids.map((id) => this.read(id)))).filter((each) => each !== undefined);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  #file(id: string): string {
    return path.join(this.#directory, `${id}.json`);
  }
}

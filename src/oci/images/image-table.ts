/** Which names mean which image. One file, exchanged as a whole: after any crash it is the old one or the new one. */
import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { parseJson } from '../../base/json.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { Digest } from './digest.ts';
import type { Places } from './places.ts';
import type { Staging } from './staging.ts';

const Row = z.object({
  /** Of its manifest. */
  digest: Digest,
  names: z.array(z.string()),
  /** What it was made from, for people. */
  source: z.string(),
  /** When it was added, milliseconds since 1970. */
  added: z.number(),
});
export type ImageRow = z.infer<typeof Row>;

const Table = z.object({ version: z.literal(1), images: z.array(Row) });
const BOUNDS = { depth: 8, keys: 10_000_000 };

export class ImageTable {
  readonly #places: Places;
  readonly #staging: Staging;
  #rows: ReadonlyMap<Digest, ImageRow> = new Map();
  #saving: Promise<void> = Promise.resolve();

  constructor(places: Places, staging: Staging) {
    this.#places = places;
    this.#staging = staging;
  }

  /** Errors: AgentError `failed` for a table that was damaged by somebody: nothing is guessed. */
  async load(): Promise<void> {
    const text = await readFile(this.#places.table, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const json = parseJson(text, BOUNDS);
    const parsed = Table.safeParse(json.ok ? json.value : undefined);
    if (!parsed.success) {
      throw new AgentError(
        'failed',
        `Cannot read "${this.#places.table}": it is damaged; remove it, and pull the images again`,
      );
    }
    this.#rows = new Map(parsed.data.images.map((row) => [row.digest, row]));
  }

  get rows(): readonly ImageRow[] {
    return [...this.#rows.values()];
  }

  get(digest: Digest): ImageRow | undefined {
    return this.#rows.get(digest);
  }

  /** Adds an image, or names to one; a name that meant another means this one now. Resolves when it is stored. */
  async add(row: Omit<ImageRow, 'names'>, name: string | undefined): Promise<void> {
    await this.#change((rows) => {
      if (name !== undefined) takeName(rows, name);
      const names = rows.get(row.digest)?.names ?? [];
      rows.set(row.digest, { ...row, names: name === undefined ? names : [...names, name] });
    });
  }

  /** Takes a name away; the image stays. */
  async removeName(name: string): Promise<void> {
    await this.#change((rows) => {
      takeName(rows, name);
    });
  }

  async remove(digests: readonly Digest[]): Promise<void> {
    await this.#change((rows) => {
      for (const digest of digests) rows.delete(digest);
    });
  }

  /** One change after the other; what is not stored is not so. */
  async #change(change: (rows: Map<Digest, ImageRow>) => void): Promise<void> {
    const before = this.#saving;
    const work = (async (): Promise<void> => {
      await before;
      const rows = new Map(this.#rows);
      change(rows);
      await using stage = await this.#staging.make();
      await writeFile(stage.at('table'), JSON.stringify({ version: 1, images: [...rows.values()] }), { mode: 0o600 });
      await this.#staging.settle(stage.at('table'), this.#places.table);
      this.#rows = rows;
    })();
    this.#saving = work.catch(() => undefined);
    await work;
  }
}

function takeName(rows: Map<Digest, ImageRow>, name: string): void {
  for (const [digest, row] of rows) {
    if (row.names.includes(name)) rows.set(digest, { ...row, names: row.names.filter((other) => other !== name) });
  }
}

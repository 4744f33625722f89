/** Keeps resources in the database, for one backend. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { nextTurn } from '../../base/next-turn.ts';
import type { Loaded, Persistence, StoredChange, StoredResource } from '../../state/persistence.ts';
import type { AreaClient } from '../database/area.ts';
import { pack, unpack } from './packed-bytes.ts';
import type { EventPage, KindRow, ResourcePage } from './resource-reads.ts';
import type { ChangeRow } from './resource-writes.ts';
import type { ResourcesOperations } from './resources-area.ts';

export interface PastLimits {
  /** Events of each kind that are kept. @default 1_000 */
  readonly history?: number;
  /** Events that are older may go, milliseconds. @default a week */
  readonly maxAgeMs?: number;
}

/** How bytes are exchanged: what stands there is read, and written anew under its name. */
export type Exchange = (bytes: Uint8Array, pointer: StoredChange['pointer']) => Uint8Array;

const DEFAULT_HISTORY = 1_000;
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;
const LOG_BYTES = 8;

/**
 * A write is one transaction together with what else comes in the meantime, and survives what the store's durability
 * says. Events are let go by number as they come and by age once an hour; bookmarks of before are refused then.
 */
export class SqlitePersistence implements Persistence {
  readonly #area: AreaClient<ResourcesOperations>;
  readonly #clock: Clock;
  readonly #history: number;
  readonly #maxAgeMs: number;
  #timer: Disposable | undefined;
  #forgetting: Promise<void> | undefined;
  #isClosed = false;

  constructor(area: AreaClient<ResourcesOperations>, clock: Clock, limits: PastLimits = {}) {
    this.#area = area;
    this.#clock = clock;
    this.#history = limits.history ?? DEFAULT_HISTORY;
    this.#maxAgeMs = limits.maxAgeMs ?? WEEK_MS;
  }

  async load(found: (resource: StoredResource) => void): Promise<Loaded> {
    const begun = this.#area.write('begin', randomBytes(LOG_BYTES), { history: this.#history, since: this.#since() });
    const { log, generation } = await begun;
    const kinds = await this.#kinds();
    for await (const page of this.#resourcePages()) {
      for (const [at, bytes] of unpack(page.packed).entries()) found({ pointer: pointerAt(page, at, kinds), bytes });
    }
    const changes = new Map<number, StoredChange[]>();
    for await (const page of this.#eventPages()) keepChanges(page, kinds, changes);
    const past = [...kinds.values()].map(({ kind, namespace, type, complete }) => ({
      kind: { namespace, type },
      complete,
      changes: changes.get(kind) ?? [],
    }));
    this.#forgetLater();
    return { past, log, generation };
  }

  async write(changes: readonly StoredChange[]): Promise<void> {
    const rows = changes.map(({ type, position, pointer, old }): ChangeRow => {
      const { namespace, type: kind, id } = pointer;
      return [type, position, namespace, kind, id, old === undefined ? 0 : 1];
    });
    const packed = pack(changes.flatMap(({ bytes, old }) => (old === undefined ? [bytes] : [bytes, old])));
    await this.#area.write('change', rows, packed, this.#history, Math.round(this.#clock.now()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#forgetting;
  }

  /** What {@link exchange} noted last; undefined when it never was called. */
  seal(): Promise<string | undefined> {
    return this.#area.read('seal');
  }

  /**
   * Before {@link load}: exchanges everything that is stored, all of it or nothing, and notes `seal`. What stood there is
   * overwritten. All of it is in memory for that moment. Errors: what `exchange` throws; then nothing is changed.
   */
  async exchange(seal: string, exchange: Exchange): Promise<void> {
    const kinds = await this.#kinds();
    const resources: number[] = [];
    const resourceBytes: Uint8Array[] = [];
    for await (const page of this.#resourcePages()) {
      resources.push(...page.resources);
      for (const [at, bytes] of unpack(page.packed).entries()) {
        resourceBytes.push(exchange(bytes, pointerAt(page, at, kinds)));
      }
    }
    const events: number[] = [];
    const eventBytes: Uint8Array[] = [];
    const hasOld: (0 | 1)[] = [];
    for await (const page of this.#eventPages()) {
      events.push(...page.positions);
      hasOld.push(...page.hasOld);
      const pieces = unpack(page.packed).values();
      for (const [at, count] of page.hasOld.entries()) {
        for (const bytes of pieces.take(1 + count)) eventBytes.push(exchange(bytes, pointerAt(page, at, kinds)));
      }
    }
    await this.#area.write('exchange', seal, {
      resources,
      resourceBytes: pack(resourceBytes),
      events,
      eventBytes: pack(eventBytes),
      hasOld,
    });
  }

  async #kinds(): Promise<ReadonlyMap<number, KindRow>> {
    return new Map((await this.#area.read('kinds')).map((row) => [row.kind, row]));
  }

  #resourcePages(): AsyncGenerator<ResourcePage> {
    return pages((after) => this.#area.read('resourcePage', after));
  }

  #eventPages(): AsyncGenerator<EventPage> {
    return pages((after) => this.#area.read('eventPage', after));
  }

  #since(): number {
    return Math.round(this.#clock.now() - this.#maxAgeMs);
  }

  #forgetLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.after(HOUR_MS, () => {
      this.#forgetting = this.#forget();
    });
  }

  /** Never rejects. */
  async #forget(): Promise<void> {
    try {
      while (!this.#isClosed && (await this.#area.write('forget', this.#since())));
    } catch {
      // The store is in trouble and says so to those who need it; an hour later it is tried again.
    }
    this.#forgetLater();
  }
}

/** The next page is read while one is looked at. */
async function* pages<Page extends { readonly next: number | undefined }>(
  read: (after: number) => Promise<Page>,
): AsyncGenerator<Page> {
  let coming: Promise<Page> | undefined = read(0);
  while (coming !== undefined) {
    const page: Page = await coming;
    coming = page.next === undefined ? undefined : read(page.next);
    // Whoever asks for it gets its error; until then nobody does.
    coming?.catch(() => undefined);
    // What is asked leaves at the end of the turn, and looking at a page takes long.
    await nextTurn();
    yield page;
  }
}

function keepChanges(page: EventPage, kinds: ReadonlyMap<number, KindRow>, changes: Map<number, StoredChange[]>): void {
  const pieces = unpack(page.packed).values();
  for (const [at, position] of page.positions.entries()) {
    const kind = page.kinds[at] ?? 0;
    const bytes = pieces.next().value ?? new Uint8Array();
    const old = page.hasOld[at] === 1 ? pieces.next().value : undefined;
    const type = page.types[at] ?? 'created';
    const change = { type, position, pointer: pointerAt(page, at, kinds), bytes, ...(old !== undefined && { old }) };
    const ofKind = changes.get(kind);
    if (ofKind === undefined) changes.set(kind, [change]);
    else ofKind.push(change);
  }
}

/** Errors: TypeError for a row without a kind, which nobody writes. */
function pointerAt(
  page: { readonly kinds: readonly number[]; readonly ids: readonly string[] },
  at: number,
  kinds: ReadonlyMap<number, KindRow>,
): StoredChange['pointer'] {
  const kind = kinds.get(page.kinds[at] ?? 0);
  const id = page.ids[at];
  if (kind === undefined || id === undefined) throw new TypeError('Cannot read a stored resource: it has no kind');
  return { namespace: kind.namespace, type: kind.type, id };
}

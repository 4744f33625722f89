import type { PageQuery } from '../../client/jobs-api.ts';
import type { JobOrder, JobPage, JobRow } from '../../protocol/job-info.ts';
import type { TerminalSize } from '../terminal/caller-terminal.ts';
import type { Key } from '../terminal/key-reader.ts';
import type { Pen } from '../terminal/pen.ts';
import { layColumns, TOP_COLUMNS, type LaidColumn } from './top-columns.ts';
import { readFilter, type TopFilter } from './top-filter.ts';

/** Lines that are no jobs: title, heading, and the foot. */
const OTHER_LINES = 3;

/** Orders that a key or `<` and `>` can choose, from left to right. */
const ORDERS = TOP_COLUMNS.filter(({ sort }) => sort !== undefined);

/** The table of live jobs: which part of it is seen, in which order, and which job is chosen. */
export class ListView {
  #page: JobPage | undefined;
  /** Place of the page's first row among all that match. */
  #pageOffset = 0;
  /** Place of the first row seen, and of the chosen one, among all that match. */
  #offset = 0;
  #cursor = 0;
  #chosen: string | undefined;
  #sort: JobOrder = 'accepted';
  #isDescending = false;
  #filterText = '';
  #filter: TopFilter = {};
  #rows = 1;
  /** What was asked for last. */
  #asked = '';

  /** The chosen job. */
  get chosen(): JobRow | undefined {
    const jobs = this.#page?.jobs ?? [];
    return jobs.find(({ id }) => id === this.#chosen) ?? jobs[this.#cursor - this.#pageOffset];
  }

  get filterText(): string {
    return this.#filterText;
  }

  /** Something else is to be seen than what was told last. */
  get isMoved(): boolean {
    return this.#page === undefined || this.#asked !== this.#wish();
  }

  get page(): JobPage | undefined {
    return this.#page;
  }

  /** What to ask the agent for: what a screen of this size shows, and no more. */
  query({ rows }: TerminalSize): PageQuery & { readonly offset: number } {
    this.#rows = Math.max(1, rows - OTHER_LINES);
    this.#asked = this.#wish();
    return {
      ...this.#filter,
      sort: this.#sort,
      descending: this.#isDescending,
      offset: this.#offset,
      limit: Math.min(1000, this.#rows),
    };
  }

  /** Takes the answer to the question for an offset. The chosen job stays chosen as long as it is seen. True when it is another part that is to be seen. */
  take(page: JobPage, offset: number): boolean {
    this.#page = page;
    this.#pageOffset = offset;
    const place = page.jobs.findIndex(({ id }) => id === this.#chosen);
    if (place !== -1 && offset === this.#offset) this.#cursor = offset + place;
    this.#move(0);
    return this.#offset !== offset;
  }

  /** Sets the filter. A text when it can't be read: why. */
  setFilter(text: string): string | undefined {
    const filter = readFilter(text);
    if (typeof filter === 'string') return filter;
    this.#filterText = text.trim();
    this.#filter = filter;
    this.#toStart();
    return undefined;
  }

  /** True when the key meant something here. */
  onKey(key: Key): boolean {
    switch (key) {
      case 'up':
        return this.#move(-1);
      case 'down':
        return this.#move(1);
      case 'page-up':
        return this.#move(-this.#rows);
      case 'page-down':
      case ' ':
        return this.#move(this.#rows);
      case 'home':
      case 'g':
        return this.#move(-Infinity);
      case 'end':
      case 'G':
        return this.#move(Infinity);
      case '<':
      case '>':
        return this.#sortBeside(key === '<' ? -1 : 1);
      case 'r':
        this.#isDescending = !this.#isDescending;
        return true;
      default:
        return this.#sortBy(key);
    }
  }

  /** The lines of a whole screen but for its foot; `now` is milliseconds since 1970. */
  lines(
    { columns }: TerminalSize,
    pen: Pen,
    { title, now }: { readonly title: string; readonly now: number },
  ): string[] {
    const laid = layColumns(columns);
    const jobs = this.#page?.jobs ?? [];
    const chosen = this.chosen;
    const rows = jobs
      .slice(0, this.#rows)
      .map((row) => (row === chosen ? this.#chosenRow(laid, row, pen, now) : rowLine(laid, row, pen, now)));
    const note = this.#emptyNote();
    if (rows.length === 0 && note !== undefined) rows.push(pen.line(note, columns, 'dim'));
    const empty = Array.from({ length: Math.max(0, this.#rows - rows.length) }, () => '');
    return [
      pen.ends(title, this.#summary(), columns, 'bold'),
      pen.paint('inverse', pen.line(this.#heading(laid, pen), columns)),
      ...rows,
      ...empty,
    ];
  }

  /** `41-60 of 300`, and the filter. */
  get place(): string {
    const total = this.#page?.total ?? 0;
    const seen = this.#page?.jobs.length ?? 0;
    const first = this.#pageOffset;
    const where = total > seen ? `${first + 1}-${first + seen} of ${total}` : '';
    const filter = this.#filterText === '' ? '' : `filter: ${this.#filterText}`;
    return [filter, where].filter((text) => text !== '').join('  ');
  }

  #wish(): string {
    return JSON.stringify([this.#filterText, this.#sort, this.#isDescending, this.#offset, this.#rows]);
  }

  #summary(): string {
    if (this.#page === undefined) return '';
    const { live, total, by_state: byState } = this.#page;
    const states = Object.entries(byState).map(([state, count]) => `${count} ${state}`);
    const count = total === live ? `${live} live` : `${total} of ${live} live`;
    return states.length === 0 ? count : `${count}: ${states.join(', ')}`;
  }

  #emptyNote(): string | undefined {
    if (this.#page === undefined) return 'Asking the agent';
    if (this.#page.total > 0) return undefined;
    return this.#page.live === 0 ? 'No job is live.' : 'No live job matches the filter.';
  }

  #heading(laid: readonly LaidColumn[], pen: Pen): string {
    const arrow = pen.isUnicode ? (this.#isDescending ? '▼' : '▲') : this.#isDescending ? 'v' : '^';
    return laid
      .map(({ column: { title, sort, align }, columns }) =>
        pen.cell({ text: sort === this.#sort ? `${title}${arrow}` : title, columns, align }),
      )
      .join(' ');
  }

  /** Without colours of its own, which would cut through the bar. */
  #chosenRow(laid: readonly LaidColumn[], row: JobRow, pen: Pen, now: number): string {
    const text = laid.map(({ column, columns }) => plainCell(column, columns, row, pen, now)).join(' ');
    const bar = pen.paint('inverse', text);
    return bar === text ? `>${text.slice(1)}` : bar;
  }

  #sortBy(key: Key): boolean {
    const column = ORDERS.find((candidate) => candidate.key === key);
    if (column?.sort === undefined) return false;
    this.#isDescending = column.sort === this.#sort ? !this.#isDescending : column.descending === true;
    this.#sort = column.sort;
    this.#toStart();
    return true;
  }

  #sortBeside(step: number): boolean {
    const at = ORDERS.findIndex(({ sort }) => sort === this.#sort);
    const column = ORDERS[at + step];
    return column?.key === undefined ? true : this.#sortBy(column.key);
  }

  #toStart(): void {
    this.#offset = this.#cursor = 0;
    this.#chosen = undefined;
  }

  /** Moves the cursor; what is seen follows it. */
  #move(step: number): true {
    const total = this.#page?.total ?? 0;
    this.#cursor = Math.max(0, Math.min(this.#cursor + step, total - 1));
    if (this.#cursor < this.#offset) this.#offset = this.#cursor;
    if (this.#cursor >= this.#offset + this.#rows) this.#offset = this.#cursor - this.#rows + 1;
    this.#offset = Math.max(0, Math.min(this.#offset, total - this.#rows));
    if (step !== 0 || this.#chosen === undefined || !this.#isSeen(this.#chosen))
      this.#chosen = this.#page?.jobs[this.#cursor - this.#pageOffset]?.id;
    return true;
  }

  #isSeen(id: string): boolean {
    return this.#page?.jobs.some((job) => job.id === id) === true;
  }
}

function rowLine(laid: readonly LaidColumn[], row: JobRow, pen: Pen, now: number): string {
  return laid
    .map(({ column, columns }) =>
      pen.cell({ text: column.value(row, now), columns, align: column.align, look: column.look?.(row) }),
    )
    .join(' ');
}

function plainCell(column: LaidColumn['column'], columns: number, row: JobRow, pen: Pen, now: number): string {
  return pen.cell({ text: column.value(row, now), columns, align: column.align });
}

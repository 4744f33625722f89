/** What happens to resources, on standard output as it comes. */
import type { ResourceHappening } from '../../client/resource-value.ts';
import type { ResourceWatch } from '../../client/resource-watch.ts';
import type { Cli } from '../cli-context.ts';
import { tableLines, type Column } from '../table.ts';
import type { ChosenKind } from './find-type.ts';
import { resourceColumns, type ResourceRow } from './resource-columns.ts';
import type { Format } from './resource-options.ts';
import { writtenResource, yamlOf } from './resource-output.ts';

/** Writes events until the watch ends. Errors: as the watch. */
export async function followResources(watch: ResourceWatch, kind: ChosenKind, format: Format, cli: Cli): Promise<void> {
  const table = new GrowingTable(kind, format === 'wide', cli);
  for (let batch = await watch.nextBatch(); batch !== undefined; batch = await watch.nextBatch()) {
    if (format === 'json') for (const event of batch) await cli.output.line(JSON.stringify(writtenEvent(event)));
    else if (format === 'yaml')
      for (const event of batch) await cli.output.line(`${await yamlOf(writtenEvent(event), cli.output.stdout)}\n---`);
    else await table.add(batch.flatMap(rowsOf));
  }
}

/** As the wire has it. */
function writtenEvent({ type, ...facts }: ResourceHappening): object {
  return {
    event: type,
    ...facts,
    ...('resource' in facts ? { resource: writtenResource(facts.resource) } : {}),
    ...('old' in facts ? { old: writtenResource(facts.old) } : {}),
  };
}

function rowsOf(event: ResourceHappening): ResourceRow[] {
  if (event.type === 'bootstrapped' || event.type === 'noop') return [];
  return event.resource === undefined ? [] : [{ event: event.type, resource: event.resource }];
}

/** A table whose rows come one after the other: columns get wider when something wider comes. */
class GrowingTable {
  readonly #columns: Column<ResourceRow>[];
  readonly #widths: number[];
  readonly #wide: boolean;
  readonly #cli: Cli;
  #hasHeader = false;

  constructor(kind: ChosenKind, wide: boolean, cli: Cli) {
    this.#columns = resourceColumns(kind, { wide, hasEvents: true, now: Date.now });
    this.#widths = this.#columns.map(({ title }) => title.length);
    this.#wide = wide;
    this.#cli = cli;
  }

  async add(rows: readonly ResourceRow[]): Promise<void> {
    if (rows.length === 0) return;
    const padded = this.#columns.map((column, at): Column<ResourceRow> => {
      const cells = rows.map((row) => column.value(row));
      const width = Math.max(this.#widths[at] ?? 0, ...cells.map((text) => text.length));
      this.#widths[at] = width;
      return { ...column, value: (row) => column.value(row).padEnd(width) };
    });
    const { width, paint } = this.#cli.output.stdout;
    const lines = await tableLines(padded, rows, { width: this.#wide ? undefined : width, paint });
    await this.#cli.output.line((this.#hasHeader ? lines.slice(1) : lines).join('\n'));
    this.#hasHeader = true;
  }
}

/** One sample a run reported on level 10. */
export interface StatisticsSample {
  readonly key: string;
  readonly value: number;
  /** `A`: samples are averaged · `D`: the difference between samples counts, per second. */
  readonly operation: 'A' | 'D';
  /** The tag named `id`. */
  readonly id?: string;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads `key:value|A|tag=value,tag` (`A` or `D`; tags may be missing). Undefined when it is nothing of the kind; never throws. */
export function parseStatistics(text: string): StatisticsSample | undefined {
  const [sample = '', operation, ...rest] = text.split('|');
  const colon = sample.indexOf(':');
  if (colon === -1 || rest.length > 1 || (operation !== 'A' && operation !== 'D')) return undefined;
  const key = sample.slice(0, colon).trim();
  const number = sample.slice(colon + 1);
  const value = Number(number);
  if (key === '' || !NUMBER.test(number) || !Number.isFinite(value)) return undefined;
  const all = readTags(rest[0] ?? '');
  const id = all.findLast(({ name }) => name === 'id')?.value;
  return { key, value, operation, ...(id === undefined ? {} : { id }), tags: all.filter(({ name }) => name !== 'id') };
}

/** Tags separated by commas; one without `=` has an empty value. */
function readTags(text: string): { name: string; value: string }[] {
  return text
    .split(',')
    .filter((tag) => tag !== '')
    .map((tag) => {
      const equals = tag.indexOf('=');
      return equals === -1 ? { name: tag, value: '' } : { name: tag.slice(0, equals), value: tag.slice(equals + 1) };
    });
}

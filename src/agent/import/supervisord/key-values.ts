import { ConfigError } from '../../config-error.ts';

const PAIR = /\s*([^\s=,]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,"'][^,]*|))\s*(?:,|$)/y;

/** Variables written as `KEY="value",KEY2=value2`. Errors: ConfigError that says where it stops to be that. */
export function readKeyValues(text: string, where: string): Record<string, string> {
  const values = new Map<string, string>();
  PAIR.lastIndex = 0;
  const rest = text.trim();
  while (PAIR.lastIndex < rest.length) {
    const from = PAIR.lastIndex;
    const [, name, double, single, plain] = PAIR.exec(rest) ?? [];
    if (name === undefined) {
      throw new ConfigError(`Cannot convert ${where}: "${rest.slice(from, from + 40)}" is no KEY="value"`);
    }
    values.set(name, double ?? single ?? (plain ?? '').trim());
  }
  return Object.fromEntries(values);
}

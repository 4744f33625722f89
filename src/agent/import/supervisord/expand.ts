import { nearestName } from '../../../base/nearest-name.ts';
import { ConfigError } from '../../config-error.ts';

/** What may stand between `%(` and `)s`. */
export type Expansions = Readonly<Record<string, string | number>>;

const PLACE = /%%|%\(([^)]*)\)(0?)(\d*)([sd])|%/g;
const VARIABLE = /^ENV_([\w.-]+)$/;

/**
 * Fills in `%(name)s`, `%(name)d`, `%(name)02d` and `%%`. Variables, `%(ENV_X)s`, become `{X}`: they are filled in when the
 * entry is started, and their names are added to `variables`; without `variables` they are among the expansions.
 *
 * Errors: ConfigError that names what is unknown. `where` is what the text is, for messages.
 */
export function expand(text: string, expansions: Expansions, where: string, variables?: Set<string>): string {
  const refuse = (why: string): never => {
    throw new ConfigError(`Cannot convert ${where}, "${text}": ${why}`);
  };
  return text.replaceAll(PLACE, (place, name: string | undefined, zero: string, width: string, sort: string) => {
    if (place === '%%') return '%';
    if (name === undefined) return refuse('a "%" stands for itself only as "%%"');
    const variable = VARIABLE.exec(name)?.[1];
    if (variable !== undefined && variables !== undefined) {
      variables.add(variable);
      return `{${variable}}`;
    }
    const value = Object.hasOwn(expansions, name) ? expansions[name] : undefined;
    if (value === undefined) {
      const nearest = nearestName(name, Object.keys(expansions));
      return refuse(`"${place}" is unknown${nearest === undefined ? '' : `, did you mean "%(${nearest})s"?`}`);
    }
    if (sort === 'd' && !/^\d+$/.test(String(value))) return refuse(`"${place}" is no number`);
    return String(value).padStart(width === '' ? 0 : Number(width), zero === '' ? ' ' : '0');
  });
}

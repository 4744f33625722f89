/** What the caller's terminal can show, as the locale says. */

const VARIABLES = ['LC_ALL', 'LC_CTYPE', 'LANG'] as const;

/** Whether the locale allows more than ASCII. Where none is set, nearly every terminal does. */
export function hasUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

/** A text for a terminal that knows ASCII alone. */
export function asciiText(text: string): string {
  // eslint-disable-next-line no-control-regex -- all that is not ASCII is looked for
  return text.replaceAll('…', '~').replaceAll(/[^\u0000-\u007F]/gu, '?');
}

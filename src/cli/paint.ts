import { styleText } from 'node:util';

/** The few looks the CLI gives to text. */
export type Look = 'bold' | 'dim' | 'good' | 'bad' | 'warning' | 'active' | 'blue' | 'violet' | 'inverse';

/** Gives a text a look, or leaves it alone. */
export type Paint = (look: Look, text: string) => string;

const FORMATS = {
  bold: 'bold',
  dim: 'dim',
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  active: 'cyan',
  blue: 'blue',
  violet: 'magenta',
  inverse: 'inverse',
} as const satisfies Record<Look, string>;

/** For a place that has no colours. */
export const plainPaint: Paint = (_look, text) => text;

/** For a terminal that has. */
export const colourPaint: Paint = (look, text) => styleText(FORMATS[look], text, { validateStream: false });

/**
 * The paint for a stream: colours on a terminal only, unless `NO_COLOR` (no-color.org) or `TERM=dumb` forbids them;
 * `FORCE_COLOR` asks for them anywhere.
 */
export function choosePaint(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' || forced === 'false' ? plainPaint : colourPaint;
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return plainPaint;
  return isTerminal ? colourPaint : plainPaint;
}

import type { Environment } from '../cli-context.ts';
import type { Look, Paint } from '../paint.ts';
import { printable, textWidths, type TextWidths } from '../text-width.ts';
import { asciiText, hasUnicode } from './charset.ts';

/** A piece of a line: so many columns of text. */
export interface Piece {
  readonly text: string;
  readonly columns: number;
  readonly look?: Look | undefined;
  readonly align?: 'right' | undefined;
}

/** Writes texts of strangers into lines of a known width. */
export class Pen {
  /** Whether more than ASCII can be shown. */
  readonly isUnicode: boolean;
  readonly paint: Paint;
  readonly #widths: TextWidths;

  private constructor(widths: TextWidths, isUnicode: boolean, paint: Paint) {
    this.#widths = widths;
    this.isUnicode = isUnicode;
    this.paint = paint;
  }

  /** Loads what knows the widths of characters. */
  static async create(env: Environment, paint: Paint): Promise<Pen> {
    const isUnicode = hasUnicode(env);
    return new Pen(await textWidths(isUnicode ? ['é'] : []), isUnicode, paint);
  }

  /** The text in exactly so many columns: cut or filled up, without what could steer the terminal. */
  cell({ text, columns, look, align }: Piece): string {
    if (columns <= 0) return '';
    const clean = this.clean(text);
    const fitted = this.#shown(this.#widths.fit(clean, columns));
    const filling = ' '.repeat(Math.max(0, columns - this.#widths.width(fitted)));
    const painted =
      look === undefined || (fitted.trim() === '' && look !== 'inverse') ? fitted : this.paint(look, fitted);
    return align === 'right' ? filling + painted : painted + filling;
  }

  /** Where a person writes. */
  get cursor(): string {
    const block = this.paint('inverse', ' ');
    return block === ' ' ? '_' : block;
  }

  /** One text on a whole line. */
  line(text: string, columns: number, look?: Look): string {
    return this.cell({ text, columns, look });
  }

  /** Two texts on one line, the second at its end; the first is cut when there is no room for both. */
  ends(left: string, right: string, columns: number, look?: Look): string {
    const size = Math.min(columns, this.width(right));
    const room = columns - size;
    const text = this.cell({ text: left, columns: Math.max(0, room - 1) }) + (room > 0 ? ' ' : '');
    const whole = text + this.cell({ text: right, columns: size });
    return look === undefined ? whole : this.paint(look, whole);
  }

  /** Columns that a text takes. */
  width(text: string): number {
    return this.#widths.width(this.clean(text));
  }

  /** What is shown of a text, however long. Tabs become spaces. */
  clean(text: string): string {
    const safe = printable(text.replaceAll('\t', '    '));
    return this.isUnicode ? safe : asciiText(safe);
  }

  /** The text from a column on. */
  from(text: string, column: number): string {
    if (column === 0) return text;
    let skipped = 0;
    const characters = Array.from(text);
    let at = 0;
    for (; at < characters.length && skipped < column; at += 1) skipped += this.#widths.width(characters[at] ?? '');
    return characters.slice(at).join('');
  }

  #shown(text: string): string {
    return this.isUnicode ? text : asciiText(text);
  }
}

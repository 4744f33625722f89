/** How many columns a text takes on a terminal, and how to make it fit. */

export interface TextWidths {
  width(text: string): number;
  /** The text, cut with an ellipsis so that it takes at most `columns`. */
  fit(text: string, columns: number): string;
}

const ELLIPSIS = '…';
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Widths of texts. What knows the width of other than ASCII is loaded only when there is some: it takes 40 ms. */
export async function textWidths(texts: Iterable<string>): Promise<TextWidths> {
  for (const text of texts) if (!PRINTABLE_ASCII.test(text)) return unicodeWidths();
  return asciiWidths;
}

const asciiWidths: TextWidths = {
  width: (text) => text.length,
  fit: (text, columns) => (text.length <= columns ? text : text.slice(0, Math.max(0, columns - 1)) + ELLIPSIS),
};

async function unicodeWidths(): Promise<TextWidths> {
  const { default: stringWidth } = await import('string-width');
  const graphemes = new Intl.Segmenter();
  return {
    width: stringWidth,
    fit: (text, columns) => {
      if (stringWidth(text) <= columns) return text;
      let kept = '';
      let used = 0;
      for (const { segment } of graphemes.segment(text)) {
        const width = stringWidth(segment);
        if (used + width > columns - 1) break;
        kept += segment;
        used += width;
      }
      return kept + ELLIPSIS;
    },
  };
}

/** The text without what could steer a terminal or break a line: names and tags are written by strangers. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

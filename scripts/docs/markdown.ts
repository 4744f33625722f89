/** Small pieces of Markdown, escaped. */

/** The line every generated file begins with. */
const GENERATED = 'Written by `npm run docs` from the sources; changes made here are lost.';

/** A page: heading, the note where it comes from, and its parts with an empty line between. */
export function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, `<!-- ${GENERATED} -->`, ...parts].join('\n\n')}\n`;
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), `|${' --- |'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

export function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** The text with a capital first letter and a full stop, as a sentence of its own. */
export function sentence(text: string): string {
  const full = /[.!?…]$/.test(text) ? text : `${text}.`;
  return full.charAt(0).toUpperCase() + full.slice(1);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

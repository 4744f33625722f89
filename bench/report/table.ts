import stringWidth from 'string-width';

/** A Markdown table, its columns padded so that it reads well as text. */
export function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [head, ...lines].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...all.map((line) => stringWidth(line[column] ?? ''))));
  const padded = (cell: string, column: number): string =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
  const text = (line: readonly string[]): string =>
    `| ${widths.map((_, column) => padded(line[column] ?? '', column)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [first = [], ...rest] = all;
  return [text(first), rule, ...rest.map(text)].join('\n');
}

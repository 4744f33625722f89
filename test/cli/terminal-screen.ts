// What a terminal shows of what was written to it: as much of one as the screens of corex use.
import { EscapeReader } from '../../src/cli/terminal/escape-reader.ts';

const CURSOR = /^\[(\d*)(?:;(\d*))?H$/;

/** The rows of a terminal after this text, without colours and without spaces at their ends. */
export function screenAfter(text: string, columns = 80, rows = 24): string[] {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '));
  let [row, column] = [0, 0];
  for (const piece of new EscapeReader().read(Buffer.from(text))) {
    if (piece.type === 'sequence') {
      const cursor = CURSOR.exec(piece.text);
      if (cursor !== null) [row, column] = [place(cursor[1]), place(cursor[2])];
      else if (piece.text === '[2K') cells[row]?.fill(' ');
      else if (piece.text === '[2J') for (const line of cells) line.fill(' ');
      continue;
    }
    for (const character of piece.bytes.toString()) {
      if (character === '\r') column = 0;
      else if (character === '\n') row += 1;
      else {
        const line = cells[row];
        if (line !== undefined) line[Math.min(column, columns - 1)] = character;
        column += 1;
      }
    }
  }
  return cells.map((line) => line.join('').trimEnd());
}

/** Rows and columns count from 1; none is the first. */
function place(digits = ''): number {
  return Math.max(1, Number(digits)) - 1;
}

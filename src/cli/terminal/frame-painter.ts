/** Ends colours, so that what a line began does not go on in the next. */
const PLAIN = '\u001B[m';
const CLEAR = '\u001B[H\u001B[2J';
/** Terminals that know it show all that is between at once. */
const BEGIN_UPDATE = '\u001B[?2026h';
const END_UPDATE = '\u001B[?2026l';

/** Turns what the screen is to show into the least that has to be written for it. */
export class FramePainter {
  #shown: readonly string[] | undefined;

  /** What to write so that the screen shows these lines, from the top; empty when it does already. */
  paint(lines: readonly string[]): string {
    const before = this.#shown;
    this.#shown = [...lines];
    const count = Math.max(lines.length, before?.length ?? 0);
    let changes = before === undefined ? CLEAR : '';
    for (let row = 0; row < count; row += 1) {
      const line = lines[row] ?? '';
      // A line that fills its row leaves the cursor on its last column, where erasing would take a character.
      if (line !== (before?.[row] ?? '')) changes += `\u001B[${row + 1};1H\u001B[2K${line}${PLAIN}`;
    }
    return changes === '' ? '' : BEGIN_UPDATE + changes + END_UPDATE;
  }

  /** The screen shows something else now, or has another size: the next frame is painted whole. */
  forget(): void {
    this.#shown = undefined;
  }
}

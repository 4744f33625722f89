import type { ParsedMessage } from '../../../src/engine/streams/message-parser.ts';
import type { OutputItem, OutputStream } from '../../../src/protocol/output.ts';

interface Open {
  readonly stream: OutputStream;
  line: number[];
  block: { readonly level: number; readonly lines: Buffer[] } | undefined;
  lastAt: number;
  epoch: number;
}

/** The rules of messages, as simply as they can be written: byte by byte, for output whose messages are short. */
export function parsePlainly(items: readonly OutputItem[]): ParsedMessage[] {
  const messages: ParsedMessage[] = [];
  let open: Open[] = [];
  let run = 1;
  let lastSeq = -1;
  const say = (of: Open, level: number, text: Buffer, terminated: boolean, truncated: boolean): void => {
    lastSeq = Math.max(of.lastAt, lastSeq + 1);
    const { stream, epoch } = of;
    messages.push({
      seq: lastSeq,
      level,
      text: text.toString('utf8'),
      epoch,
      stream,
      terminated,
      run,
      ...(truncated ? { truncated } : {}),
    });
  };
  const endLine = (of: Open, terminated: boolean, isHole: boolean): void => {
    const line = Buffer.from(of.line);
    of.line = [];
    if (of.block !== undefined) {
      if (line.toString('latin1') === ':::' && !isHole) {
        say(of, of.block.level, join(of.block.lines), terminated, false);
        of.block = undefined;
      } else {
        of.block.lines.push(line);
      }
      return;
    }
    const header = /^(\d+)(:::?)/.exec(line.toString('latin1'));
    const level = Number(header?.[1]);
    if (header === null || level > 255) say(of, of.stream === 'stderr' ? 2 : 1, line, terminated, isHole);
    else if (header[2] === '::') say(of, level, line.subarray(header[0].length), terminated, isHole);
    else of.block = { level, lines: [line.subarray(header[0].length)] };
  };
  const cut = (isHole: boolean): void => {
    for (const of of open.toSorted((a, b) => a.lastAt - b.lastAt)) {
      if (of.line.length > 0) endLine(of, false, isHole);
      if (of.block !== undefined) say(of, of.block.level, join(of.block.lines), false, true);
    }
    open = [];
  };
  for (const item of items) {
    if (item.type === 'run') {
      cut(false);
      run = item.run;
    } else if (item.type === 'gap') {
      cut(true);
    } else {
      for (const [index, byte] of item.bytes.entries()) {
        let of = open.find(({ stream }) => stream === item.stream);
        if (of === undefined)
          open.push((of = { stream: item.stream, line: [], block: undefined, lastAt: 0, epoch: 0 }));
        of.lastAt = item.position + index;
        of.epoch = item.epoch;
        if (byte !== 10) of.line.push(byte);
        else endLine(of, true, false);
        if (of.line.length === 0 && of.block === undefined) open = open.filter((other) => other !== of);
      }
    }
  }
  cut(false);
  return messages;
}

function join(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])));
}

/** Asks a program one question: it is run, and what it says until its end is the answer. It leaves nothing behind. */
import { runShortProgram, type ShortProgram } from './short-program.ts';

export type Question = Omit<ShortProgram, 'input'>;

export type Answer =
  | { readonly type: 'answered'; readonly stdout: string }
  | { readonly type: 'failed'; /** A clause: "it exited with 3". */ readonly why: string };

/** Never rejects: whatever goes wrong is an answer, too. */
export async function askProgram(question: Question): Promise<Answer> {
  const end = await runShortProgram(question);
  if (end.type === 'failed') return end;
  if (end.type === 'exited' && end.code === 0) return { type: 'answered', stdout: end.stdout };
  const [line = ''] = end.stderr.trim().split('\n', 1);
  const how = end.type === 'exited' ? `it exited with ${end.code}` : `${end.signal} ended it`;
  return { type: 'failed', why: line === '' ? how : `${how}: ${line.slice(0, 500)}` };
}

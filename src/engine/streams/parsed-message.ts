import type { OutputStream } from '../../protocol/output.ts';

/** A line or block that a run said, or a part of one that is too long. */
export interface ParsedMessage {
  readonly seq: number;
  readonly level: number;
  readonly text: string;
  /** When its last byte arrived. */
  readonly epoch: number;
  /** More of it follows, or the rest was cut off. */
  readonly truncated?: true;
  /** It goes on with a message whose earlier parts were given before. */
  readonly continues?: true;
  readonly stream: OutputStream;
  /** It ended with a newline; false for a part and for what the end of a run cut off. */
  readonly terminated: boolean;
  readonly run: number;
}

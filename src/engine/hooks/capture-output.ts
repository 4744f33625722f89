import type { Hook } from './hook.ts';

const DEFAULT_BYTES = 1024 * 1024;

/** What {@link captureOutput} collected so far. */
export interface CapturedOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes over the bound that were let go, of both streams. */
  readonly dropped: number;
}

/**
 * Collects what a job says on levels 1 and 2, the first `maxBytes` of each stream over all its runs, and
 * counts what it lets go. @default maxBytes 1 MiB
 */
export function captureOutput(maxBytes = DEFAULT_BYTES): Hook & { output(): CapturedOutput } {
  const texts: [string, string] = ['', ''];
  const sizes: [number, number] = [0, 0];
  let dropped = 0;
  return {
    name: 'capture-output',
    message: (message) => {
      if (message.level !== 1 && message.level !== 2) return;
      const index = message.level === 1 ? 0 : 1;
      const text = message.terminated ? `${message.text}\n` : message.text;
      const bytes = Buffer.byteLength(text);
      if (sizes[index] + bytes > maxBytes) {
        dropped += bytes;
        // Nothing after a hole: what is collected is the beginning, without pieces missing.
        sizes[index] = maxBytes;
        return;
      }
      texts[index] += text;
      sizes[index] += bytes;
    },
    output: () => ({ stdout: texts[0], stderr: texts[1], dropped }),
  };
}

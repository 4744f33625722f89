import type { ReadStream } from 'node:tty';

const TCSANOW = 0;
/** More than the settings of a terminal take on any system. */
const SETTINGS_BYTES = 256;

/** A stream that reads a terminal. */
export type TerminalInput = ReadStream & { readonly fd: number };

/** A change of a terminal's settings. */
export interface RawMode extends Disposable {
  /** Makes it raw again, after a shell has changed it while this process was stopped. */
  renew(): void;
}

/**
 * Hands keys over as they are typed and output as it is written, until it is disposed. Should the process end before,
 * Node puts the settings back as they were when it started, except after KILL, when nobody can.
 */
export async function makeRaw(terminal: TerminalInput): Promise<RawMode> {
  const passOutput = await loadPassOutput();
  const begin = (): void => {
    terminal.setRawMode(true);
    passOutput(terminal.fd);
  };
  begin();
  return {
    renew: () => {
      // Node remembers the mode and would do nothing.
      terminal.setRawMode(false);
      begin();
    },
    [Symbol.dispose]: () => void terminal.setRawMode(false),
  };
}

/**
 * Node's own raw mode still turns line feeds into new lines, which tears up what programs paint. Only the system's
 * library can change that; where it can't be called the terminal is as good as Node makes it.
 */
async function loadPassOutput(): Promise<(fd: number) => void> {
  try {
    const { default: koffi } = await import('koffi');
    const libc = koffi.load(null);
    const read = libc.func('int tcgetattr(int fd, void *settings)') as (fd: number, settings: Buffer) => number;
    const write = libc.func('int tcsetattr(int fd, int when, void *settings)') as (
      fd: number,
      when: number,
      settings: Buffer,
    ) => number;
    const cook = libc.func('void cfmakeraw(void *settings)') as (settings: Buffer) => void;
    return (fd) => {
      const settings = Buffer.alloc(SETTINGS_BYTES);
      if (read(fd, settings) !== 0) return;
      cook(settings);
      write(fd, TCSANOW, settings);
    };
  } catch {
    return () => undefined;
  }
}

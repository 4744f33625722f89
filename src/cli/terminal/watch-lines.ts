import { errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import type { Cli } from '../cli-context.ts';
import { EXIT_OK, exitCodeOfSignal } from '../exit-codes.ts';
import { FullScreen } from './full-screen.ts';
import { Pen } from './pen.ts';
import { Wakeup } from './wakeup.ts';

/**
 * Fills the screen with lines that are asked for again and again, until q, Ctrl-C or a signal. Resolves to the exit
 * code. Lines must fit the width. Errors: CliError without a terminal; AgentError `disconnected` once it is for good.
 */
export async function watchLines(cli: Cli, intervalMs: number, ask: () => Promise<readonly string[]>): Promise<number> {
  const wakeup = new Wakeup();
  const pen = await Pen.create(cli.env, cli.output.stdout.paint);
  let code: number | undefined;
  const end = (as: number): void => {
    code ??= as;
    wakeup.wake();
  };
  await using screen = await FullScreen.open(
    cli,
    {
      onKey: (key) => {
        if (key === 'q' || key === 'ctrl-c') end(EXIT_OK);
      },
      onRedraw: () => wakeup.wake(),
      onEnd: (signal) => end(exitCodeOfSignal(signal)),
    },
    'Without --watch it is shown once',
  );
  const over = (): number | undefined => code;
  while (over() === undefined) {
    const asking = asked(ask);
    // Nobody waits for it when the screen has to be drawn anew meanwhile.
    asking.catch(() => undefined);
    const answer = await Promise.race([asking, wakeup.called]);
    if (over() !== undefined) break;
    if (answer !== undefined) {
      const { columns, rows } = screen.size;
      const title = pen.ends(
        `Every ${intervalMs / 1000} s, q ends`,
        new Date().toLocaleTimeString('sv-SE'),
        columns,
        'dim',
      );
      screen.draw([title, ...answer].slice(0, rows));
    }
    await wakeup.sleep(intervalMs);
  }
  return over() ?? EXIT_OK;
}

/** What can't be told now is said in its place; what is over for good ends it. */
async function asked(ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await ask();
  } catch (error) {
    if (isAgentError(error) && error.code === 'disconnected') throw error;
    return [errorMessage(error)];
  }
}

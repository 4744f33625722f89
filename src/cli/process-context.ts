/** The one place of the client side that reads the environment and the globals of the process. */
import { homedir } from 'node:os';
import process from 'node:process';
import { armFaults } from '../base/fault.ts';
import type { Cli } from './cli-context.ts';
import { Output } from './output.ts';
import { callerTerminal } from './terminal/caller-terminal.ts';

/** The context of this process. */
export function processContext(): Cli {
  armFaults(process.env);
  return {
    output: new Output(process.stdout, process.stderr, process.env),
    env: process.env,
    directory: currentDirectory(),
    home: homedir(),
    isRoot: process.geteuid?.() === 0,
    stdin: () => process.stdin,
    terminal: callerTerminal(process),
    onSignal: (signal, run) => {
      process.on(signal, run);
      return { [Symbol.dispose]: () => void process.off(signal, run) };
    },
    endBySignal: (signal) => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    },
  };
}

/** A directory that was removed under its shell is no reason to fail for commands that don't need it. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

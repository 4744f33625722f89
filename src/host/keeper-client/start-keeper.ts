import { spawn } from 'node:child_process';

import { FAULT_VARIABLE, takeFaults } from '../../base/fault.ts';
import { ownProgram } from '../../base/own-package.ts';
import { keeperEnvironment } from '../keeper/agent-environment.ts';
import { type KeeperArguments, keeperArguments } from '../keeper/keeper-arguments.ts';

export interface StartKeeperOptions extends KeeperArguments {
  /** The keeper's environment; no process of a job gets it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file to run. @default the keeper of this package */
  readonly program?: string;
}

/** A keeper that was started; it may not take connections yet. */
export interface StartedKeeper {
  readonly pid: number | undefined;
  /** How it ended; undefined while it is there. One that found another keeper there ended well. */
  readonly end: () => { readonly isFailure: boolean; readonly how: string } | undefined;
}

/** Flags of the agent that would disturb the keeper: a debugger's port can be had once. */
const FLAGS_NOT_PASSED_ON = /^--(inspect|watch)/;

/**
 * Starts a keeper that outlives this process: in a session of its own, holding nothing of ours. It is compiled when we
 * are: see docs/decisions/0003-the-source-condition.md.
 */
export function startKeeper(options: StartKeeperOptions): StartedKeeper {
  const [program = '', ...args] = keeperCommand(options, options.program);
  const child = spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: {
      ...keeperEnvironment(options.environment),
      [FAULT_VARIABLE]: takeFaults('keeper.'),
    },
  });
  let end: ReturnType<StartedKeeper['end']>;
  child.on('error', (error) => {
    end = { isFailure: true, how: error.message };
  });
  child.on('exit', (code, signal) => {
    const how = signal === null ? `it ended with code ${String(code)}` : `it was ended by ${signal}`;
    end = { isFailure: code !== 0, how };
  });
  child.unref();
  return { pid: child.pid, end: () => end };
}

/**
 * Young objects get little room, in megabytes: what is left of short runs is looked for early and does not pile up. Old
 * ones are looked through before many more have come. With what Node gives it, a keeper grows by 90 MB more over
 * thousands of runs, and is no faster.
 */
const SMALL = ['--max-semi-space-size=1', '--optimize-for-size'];

/** Program and arguments of a keeper. */
export function keeperCommand(options: KeeperArguments, program = ownProgram('src/host/keeper/main')): string[] {
  const flags = process.execArgv.filter((flag) => !FLAGS_NOT_PASSED_ON.test(flag));
  return [process.execPath, ...flags, ...SMALL, program, ...keeperArguments(options)];
}

/** Which program PM2 would start for an application. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../config-error.ts';
import { shellWords } from '../shell-words.ts';
import type { Pm2App } from './pm2-app.ts';

/** What runs a file, by its ending. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.js': 'node',
  '.cjs': 'node',
  '.mjs': 'node',
  '.ts': 'node',
  '.tsx': 'tsx',
  '.py': 'python3',
  '.sh': 'bash',
  '.rb': 'ruby',
  '.php': 'php',
  '.pl': 'perl',
  '.coffee': 'coffee',
  '.ls': 'lsc',
};

export interface Pm2Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly dir: string;
  /** Variables PM2 sets for the interpreter. */
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** `directory`: what relative paths are relative to. Errors: ConfigError for words with an open quote. */
export function pm2Program(app: Pm2App, directory: string): Pm2Program {
  const { script = '' } = app;
  const dir = path.resolve(directory, app.cwd ?? '.');
  const file = path.resolve(dir, script);
  const args = wordsOf(app.args, app, 'args');
  if (script.includes(' ') && !existsSync(file)) {
    return { name: 'bash', args: ['-c', script], dir, env: {}, notes: [] };
  }
  const isFile = script.includes('/') || path.extname(script) in INTERPRETERS || existsSync(file);
  const target = isFile ? file : script;
  const { interpreter, notes } = interpreterOf(app, target, isFile);
  if (interpreter === undefined) return { name: target, args, dir, env: {}, notes };
  const own = wordsOf(app.node_args, app, 'node_args');
  const maps = app.source_map_support === true && interpreter === 'node' ? ['--enable-source-maps'] : [];
  return {
    name: interpreter,
    args: [...own, ...maps, target, ...args],
    dir,
    env: interpreter.includes('python') ? { PYTHONUNBUFFERED: '1' } : {},
    notes,
  };
}

function interpreterOf(app: Pm2App, target: string, isFile: boolean): { interpreter?: string; notes: string[] } {
  const { interpreter } = app;
  if (interpreter === 'none') return { notes: [] };
  if (interpreter?.startsWith('node@') === true) {
    return { interpreter: 'node', notes: [`"interpreter": "${interpreter}" became the "node" of the agent's PATH.`] };
  }
  if (interpreter !== undefined) return { interpreter, notes: [] };
  const extension = path.extname(target);
  const known = INTERPRETERS[extension];
  if (known !== undefined) {
    const note = 'PM2 runs TypeScript by another program; Node runs it as long as only types have to be taken out.';
    return { interpreter: known, notes: extension === '.ts' ? [note] : [] };
  }
  if (!isFile || runsItself(target)) return { notes: [] };
  const note = `"${target}" is run by Node, as PM2 does with what is no program by itself.`;
  return { interpreter: 'node', notes: [note] };
}

/** A binary, or a script with its interpreter in the first line, that may be executed. */
function runsItself(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    const fd = openSync(file, 'r');
    const start = Buffer.alloc(4);
    readSync(fd, start);
    closeSync(fd);
    return start.subarray(0, 2).toString('latin1') === '#!' || start.toString('latin1') === '\x7fELF';
  } catch {
    // What is not here now is taken for a program of its own.
    return !existsSync(file);
  }
}

function wordsOf(words: string | readonly string[] | undefined, app: Pm2App, option: string): readonly string[] {
  if (typeof words !== 'string') return words ?? [];
  const split = shellWords(words);
  if (split !== undefined) return split;
  throw new ConfigError(
    `Cannot convert the application "${app.name ?? app.script ?? ''}": "${option}" has a quote that is not closed`,
  );
}

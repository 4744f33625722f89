/** Runs a file of JavaScript in a process of its own, to get the data it exports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';

export type Evaluated =
  | { readonly ok: true; readonly json: string }
  /** Why, and what it wrote about that. */
  | { readonly ok: false; readonly message: string };

export interface EvaluateOptions {
  /** Its directory and variables. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** It is killed, with all it started, when it takes longer. */
  readonly timeoutMs: number;
}

/** More is no configuration. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_COMPLAINT = 2000;

/** The file is a module of either kind, or, as `.json`, an expression. What it prints is thrown away; the data goes to fd 3. */
const PROGRAM = `
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const file = process.argv[1];
const load = async () => {
  if (file.endsWith('.json')) return (0, eval)('(' + readFileSync(file, 'utf8') + ')');
  const loaded = await import(pathToFileURL(file).href);
  const value = loaded.default ?? loaded;
  return typeof value === 'function' ? await value() : value;
};
const text = Buffer.from(JSON.stringify(await load()) ?? 'null');
for (let at = 0; at < text.length; ) at += writeSync(3, text, at);
process.exit(0);
`;

/** The data that a file exports, as JSON. Never rejects. */
export async function evaluateFile(file: string, options: EvaluateOptions): Promise<Evaluated> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, '--', file], {
    cwd: options.cwd,
    env: { ...options.env },
    // A group of its own, so that all of it can be killed.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const end = (): void => {
    kill(child);
  };
  const timer = setTimeout(end, options.timeoutMs);
  try {
    const [json, complaint, failure] = await Promise.all([
      read(streamOf(child, 3), MOST_BYTES, end),
      read(streamOf(child, 2), MOST_COMPLAINT),
      ended(child),
    ]);
    if (failure === undefined && json !== undefined) return { ok: true, json };
    const late =
      child.signalCode === null ? failure : `it took longer than ${String(options.timeoutMs / 1000)} seconds`;
    if (json === undefined) return { ok: false, message: `it gives more than ${String(MOST_BYTES)} bytes` };
    return { ok: false, message: [late ?? '', firstComplaint(complaint ?? '')].filter(Boolean).join(': ') };
  } finally {
    clearTimeout(timer);
    end();
  }
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended with all it started.
  }
}

function streamOf({ stdio }: ChildProcess, fd: number): Readable {
  const stream = stdio[fd];
  return stream instanceof Readable ? stream : Readable.from([]);
}

/** Undefined when it did what it should. */
function ended(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(code === 0 ? undefined : `it ended with ${signal ?? String(code)}`);
      // What it started may hold the streams open.
      kill(child);
    });
  });
}

/** A stream's text, with `onTooMuch` undefined when there is more, else as much as is wanted. */
async function read(stream: Readable, most: number, onTooMuch?: () => void): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= most) parts.push(part);
    else onTooMuch?.();
  }
  return size > most && onTooMuch !== undefined ? undefined : Buffer.concat(parts).toString('utf8');
}

/** The line of a stack trace that tells what happened. */
function firstComplaint(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b.*:/.test(line)) ?? lines.find((line) => line !== '') ?? '';
}

import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { Findings } from './findings.ts';

/** The one line of standard error that is for people. */
const READY = /^corex: agent ".*" takes commands at /;

/** What Node says when it is started with `--inspect`. */
const INSPECTOR = /^(Debugger listening on (?<url>ws:.*)|Debugger .*|For help, see: .*)$/;

/** Errors that random input may rightly cause, by their message. None so far. */
const EXPLAINED: ReadonlySet<string> = new Set<string>();

const LAST_LINES = 20;

/** Reads an agent's log and finds what should not be in it: warnings of Node, exceptions, errors nobody explained. */
export class LogWatch {
  readonly #findings: Findings;
  readonly #last: string[] = [];
  /** How often each warning was said. */
  readonly warnings = new Map<string, number>();
  /** Where its inspector listens, if it was started with one. */
  inspectorUrl: string | undefined;

  constructor(stderr: Readable, findings: Findings) {
    this.#findings = findings;
    createInterface({ input: stderr }).on('line', (line) => this.#read(line));
  }

  /** The newest lines, for a report. */
  get last(): readonly string[] {
    return this.#last;
  }

  #read(line: string): void {
    const inspector = INSPECTOR.exec(line);
    this.inspectorUrl ??= inspector?.groups?.['url'];
    if (inspector !== null) return;
    this.#last.push(line.slice(0, 2000));
    if (this.#last.length > LAST_LINES) this.#last.shift();
    if (READY.test(line)) return;
    const entry = parse(line);
    if (entry === undefined) {
      this.#findings.add('Something on standard error that is no line of the log', line, this.#last);
      return;
    }
    if (/uncaught|unhandled/i.test(line)) this.#findings.add('An exception nobody caught', line, this.#last);
    if (entry.level === 'warn') this.warnings.set(entry.msg, (this.warnings.get(entry.msg) ?? 0) + 1);
    if (entry.level === 'error' && !EXPLAINED.has(entry.msg))
      this.#findings.add(`The log says: ${entry.msg}`, line, this.#last);
  }
}

function parse(line: string): { readonly level: string; readonly msg: string } | undefined {
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof level === 'string' && typeof msg === 'string' ? { level, msg } : undefined;
  } catch {
    return undefined;
  }
}

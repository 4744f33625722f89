/** What built-ins may do with the machine around the agent. The agent fulfils it. */
import type { ProcessInfo } from '../protocol/process-info.ts';

/** Which processes; everything given must hold. */
export interface ProcessQuery {
  readonly pid?: number;
  readonly ppid?: number;
  /** The program's short name, or the name of the file it was called as. */
  readonly name?: string;
  /** Only those that belong to the live job of this id. */
  readonly job?: string;
  /** At most this many, beginning behind this pid. */
  readonly limit: number;
  readonly after?: number;
  /** Open files, limits, program and directory as well. */
  readonly details: boolean;
}

export interface ProcessAccess {
  /** Processes of this machine in order of pid. Errors: `not-able`; the signal's reason. */
  list(query: ProcessQuery, signal: AbortSignal): Promise<readonly ProcessInfo[]>;
  /**
   * Sends a signal to one process, to that of this start time if one is given. Errors: `forbidden` for processes the
   * agent stands on and those of other users, `no-such-process`, `not-able`.
   */
  signal(target: { readonly pid: number; readonly startTime?: number }, signal: NodeJS.Signals): void;
}

/** Something that can be waited for: it accepts connections. */
export type PortTarget =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

export interface PageRequest {
  readonly url: string;
  /** Unix socket to connect to instead of the URL's host. */
  readonly socket?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxRedirects?: number;
  readonly maxBytes?: number;
  /** Takes any certificate. */
  readonly insecure?: boolean;
  readonly expect?: {
    readonly status?: readonly number[] | 'any';
    readonly contains?: string;
    /** RE2 syntax. */
    readonly matches?: string;
  };
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body goes on. */
  readonly truncated: boolean;
  readonly redirects: number;
}

export interface ProbeAccess {
  /** Resolves as soon as connections are accepted there. Errors: `timeout`, `bad-arguments`; the signal's reason. */
  awaitPort(
    target: PortTarget,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly tries: number; readonly tookMs: number }>;
  /** Gets a page by HTTP. Errors: `bad-arguments`, `unreachable`, `unexpected-answer`, `timeout`; the signal's reason. */
  getPage(request: PageRequest, timeoutMs: number, signal: AbortSignal): Promise<Page>;
}

/** One key of the configuration. */
export interface SettingInEffect {
  /** As it is written in the file, secrets left out. */
  readonly value: unknown;
  /** Who gave it: `default`, a file, a variable, a flag. */
  readonly from: string;
}

export interface SettingsAccess {
  /** Every key of the configuration in effect, `section.key`. Errors: `not-able` for an agent that was not given one. */
  list(): Readonly<Record<string, SettingInEffect>>;
}

/** What a built-in may do with the connection its command came on. */
import type { JobView } from './job-view.ts';
import type { LogReader } from './log-access.ts';
import type { ResourceReader } from './resource-access.ts';
import type { ReadingOptions } from './streams/reading.ts';

export interface SessionAccess {
  /** The same for all commands of one connection, and for none of another. */
  readonly connection: object;
  /** Starts to send a job's output and events. Resolves to the handle that its frames carry. */
  subscribe(job: JobView, options: ReadingOptions): { readonly handle: number; readonly position: number };
  /** Starts to send what a reader of logs gives. Gives the handle its frames carry; the connection closes the reader. */
  followLog(follow: () => LogReader): { readonly handle: number };
  /** Starts to send events of resources, likewise. Errors: AgentError `too-many`; the reader is the caller’s then. */
  watchResources(reader: ResourceReader): { readonly handle: number };
  /** Ends a subscription. False when there is none of this handle. */
  unsubscribe(handle: number): boolean;
  /**
   * Makes a handle under which binary stdin frames of this connection reach the job. `offset` is what the job has
   * taken so far: frames count from there, and what they bring goes behind whatever others have given meanwhile.
   */
  openStdin(jobId: string, offset: number): { readonly handle: number };
}

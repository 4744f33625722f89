/** Every way a request can be refused or a run can fail to start. One row a code. */
export interface ErrorCode {
  /** The number a result carries in `code`, after HTTP. */
  readonly number: number;
  /** Whether the same request may work later, unchanged. */
  readonly retryable: boolean;
  readonly meaning: string;
}

// One row a code, so that they can be read down the columns.
// prettier-ignore
export const ERROR_CODES = {
  'bad-frame': { number: 400, retryable: false, meaning: 'a frame was not one JSON object within the bounds, or a binary frame was malformed' },
  'bad-command': { number: 400, retryable: false, meaning: 'a field of the command has a wrong type or value, or is unknown' },
  'bad-arguments': { number: 400, retryable: false, meaning: 'the arguments do not fit the command, or no process can be given them' },
  'bad-path': { number: 400, retryable: false, meaning: 'the path is malformed, or leads to something of another sort than is wanted' },
  'bad-directory': { number: 400, retryable: false, meaning: 'the working directory is missing, no directory, or may not be entered' },
  'bad-request': { number: 400, retryable: false, meaning: 'what is asked of the resources has a wrong shape, or does not go together' },
  unauthorized: { number: 401, retryable: false, meaning: 'the token is missing or wrong' },
  forbidden: { number: 403, retryable: false, meaning: 'the caller, or the agent itself, may not do this' },
  'not-executable': { number: 403, retryable: false, meaning: 'the program exists but may not be executed' },
  'bad-interpreter': { number: 403, retryable: false, meaning: 'the program is a script whose interpreter does not exist' },
  denied: { number: 403, retryable: false, meaning: 'such resources only the agent writes' },
  'not-found': { number: 404, retryable: false, meaning: 'there is no such resource' },
  'unknown-command': { number: 404, retryable: false, meaning: 'no command of this name is registered' },
  'unknown-job': { number: 404, retryable: false, meaning: 'no job of this id is live or in the history' },
  'unknown-container': { number: 404, retryable: false, meaning: 'there is no container of this id or name' },
  'unknown-queue': { number: 404, retryable: false, meaning: 'no queue of this name exists' },
  'unknown-entry': { number: 404, retryable: false, meaning: 'no startup entry of this id is configured' },
  'unknown-handle': { number: 404, retryable: false, meaning: 'this connection has no subscription or input of this handle, no file is open under it, or it stands for no change and no archive of a container (any more)' },
  'no-such-file': { number: 404, retryable: false, meaning: 'there is no file or directory at the path' },
  'no-such-process': { number: 404, retryable: false, meaning: 'no process of this number is on the machine, or it is another one now' },
  'no-such-program': { number: 404, retryable: false, meaning: 'the program is not there or not on the search path' },
  'unknown-image': { number: 404, retryable: false, meaning: 'no image of this name or digest is there, or the registry has none' },
  'file-exists': { number: 409, retryable: false, meaning: 'something is there already, or a directory is not empty' },
  'file-changed': { number: 409, retryable: false, meaning: 'the file is not the one any more that it was when its download began' },
  'duplicate-id': { number: 409, retryable: false, meaning: 'a job of this id exists with other content' },
  'already-exists': { number: 409, retryable: false, meaning: 'there is such a resource already' },
  'version-conflict': { number: 409, retryable: false, meaning: 'the resource was changed since it was read' },
  'owner-conflict': { number: 409, retryable: false, meaning: 'the resource belongs to somebody else' },
  'phase-conflict': { number: 409, retryable: false, meaning: 'the resource is in another phase than it must be' },
  'pending-finalizers': { number: 409, retryable: true, meaning: 'somebody has something to do before the resource may go' },
  'image-in-use': { number: 409, retryable: true, meaning: 'a container still stands on the image' },
  'container-exists': { number: 409, retryable: false, meaning: 'a container of this id exists already' },
  'port-taken': { number: 409, retryable: true, meaning: 'the port of the machine is given to another container' },
  'not-ended': { number: 409, retryable: true, meaning: 'the job has not ended yet' },
  running: { number: 409, retryable: true, meaning: 'the job has a live run, or the container runs; only a kill or a stop ends that' },
  'not-running': { number: 409, retryable: true, meaning: 'the job has no run that could take this now, or the container or its process does not run' },
  'invalid-bookmark': { number: 410, retryable: false, meaning: 'what happened behind the bookmark is not kept, or it is none of this state' },
  'watch-overrun': { number: 410, retryable: true, meaning: 'the reader of the watch fell too far behind' },
  unsupported: { number: 412, retryable: false, meaning: 'whatever keeps the resources can not do this' },
  'not-able': { number: 412, retryable: false, meaning: 'this kind of process, or this machine, can not do this' },
  'dependency-failed': { number: 424, retryable: false, meaning: 'a job it waited for can not come as far any more as it had to' },
  'no-secret': { number: 424, retryable: false, meaning: 'a secret the command refers to is not there, or may not be used' },
  'hash-mismatch': { number: 422, retryable: false, meaning: 'what arrived of a file is not what was sent' },
  'bad-image': { number: 422, retryable: false, meaning: 'what was given is no image, is damaged, or holds what no image may hold' },
  'too-many': { number: 429, retryable: true, meaning: 'a limit on jobs, queued jobs or unanswered commands is reached' },
  cancelled: { number: 499, retryable: false, meaning: 'the caller gave up' },
  failed: { number: 500, retryable: false, meaning: 'the built-in function threw' },
  internal: { number: 500, retryable: false, meaning: 'corex itself is at fault; its log says more' },
  damaged: { number: 500, retryable: false, meaning: 'a stored resource can not be read' },
  unreachable: { number: 502, retryable: true, meaning: 'nobody answers at the address' },
  'unexpected-answer': { number: 502, retryable: true, meaning: 'what answers at the address answers otherwise than was expected' },
  closed: { number: 503, retryable: true, meaning: 'the resources are closed: the agent is stopping' },
  unavailable: { number: 503, retryable: true, meaning: 'whatever keeps the resources can not do it now' },
  'shutting-down': { number: 503, retryable: true, meaning: 'the agent is stopping' },
  'store-unavailable': { number: 503, retryable: true, meaning: 'the store can not write, so nothing may be promised' },
  'keeper-unavailable': { number: 503, retryable: true, meaning: 'the keeper, which owns the processes, does not answer or can not be started' },
  'no-resources': { number: 503, retryable: true, meaning: 'the machine has no process, memory or file left to start it with' },
  lost: { number: 503, retryable: false, meaning: 'whatever owned the process died' },
  timeout: { number: 504, retryable: true, meaning: 'it took longer than allowed' },
  'no-space': { number: 507, retryable: true, meaning: 'the file system is full, or the quota is used up' },
  disconnected: { number: 503, retryable: true, meaning: 'the connection to the agent is lost' },
} as const satisfies Record<string, ErrorCode>;

export type ErrorName = keyof typeof ERROR_CODES;

/** Whether a text from outside is the name of a code of ours. */
export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERROR_CODES, name);
}

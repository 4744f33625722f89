/** Why the state refused something. */

const CODES = [
  'not-found',
  'already-exists',
  'version-conflict',
  'owner-conflict',
  'phase-conflict',
  'pending-finalizers',
  'bad-request',
  'unsupported',
  'invalid-bookmark',
  'watch-overrun',
  'denied',
  'closed',
  'damaged',
  'unavailable',
] as const;

/** Every way an operation on the state can fail. */
export type StateErrorCode = (typeof CODES)[number];

/** Whether a text from elsewhere is one of them. */
export function isStateErrorCode(code: string): code is StateErrorCode {
  return (CODES as readonly string[]).includes(code);
}

/** What an error is about. An error about a kind has no id. */
export interface ErrorSubject {
  readonly namespace: string;
  readonly type: string;
  readonly id?: string | undefined;
}

const CONFLICTS: ReadonlySet<StateErrorCode> = new Set([
  'already-exists',
  'version-conflict',
  'owner-conflict',
  'phase-conflict',
  'pending-finalizers',
]);

/** The only error that operations on the state reject with by themselves. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateErrorCode;
  readonly subject: ErrorSubject | undefined;

  constructor(code: StateErrorCode, message: string, subject?: ErrorSubject, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.subject = subject && { namespace: subject.namespace, type: subject.type, id: subject.id };
  }

  /** Somebody else's write stands in the way: what is stored is not what the caller took it for. */
  get isConflict(): boolean {
    return CONFLICTS.has(this.code);
  }
}

export function isStateError(error: unknown, code?: StateErrorCode): error is StateError {
  return error instanceof StateError && (code === undefined || error.code === code);
}

/** Whether an error is a conflict, and, where that is given, one about this kind. */
export function isConflict(error: unknown, about: Partial<ErrorSubject> = {}): error is StateError {
  if (!isStateError(error) || !error.isConflict) return false;
  const { namespace, type } = about;
  return (
    (namespace === undefined || error.subject?.namespace === namespace) &&
    (type === undefined || error.subject?.type === type)
  );
}

/** `type(namespace/id)`, as messages name a resource. */
export function named({ namespace, type, id }: ErrorSubject): string {
  return `${type}(${namespace}/${id ?? ''})`;
}

/** What errors of the state are on the wire. */
import { type ErrorSubject, StateError, type StateErrorCode } from '../state/state-error.ts';

/** The status codes of gRPC that are used here, by their numbers. */
const STATUS = {
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** Beside the status, which several codes share: what the server calls the error. */
export const CODE_KEY = 'corex-code';

const STATUS_OF: Readonly<Record<StateErrorCode, number>> = {
  'not-found': STATUS.notFound,
  'already-exists': STATUS.alreadyExists,
  'version-conflict': STATUS.failedPrecondition,
  'owner-conflict': STATUS.permissionDenied,
  'phase-conflict': STATUS.invalidArgument,
  'pending-finalizers': STATUS.failedPrecondition,
  'bad-request': STATUS.invalidArgument,
  unsupported: STATUS.unimplemented,
  'invalid-bookmark': STATUS.failedPrecondition,
  'watch-overrun': STATUS.resourceExhausted,
  denied: STATUS.permissionDenied,
  closed: STATUS.unavailable,
  damaged: STATUS.dataLoss,
  unavailable: STATUS.unavailable,
};

export function statusOf(error: unknown): number {
  return error instanceof StateError ? STATUS_OF[error.code] : STATUS.unknown;
}

/** What a client does, as far as it decides what a status means. */
export type Asked = 'read' | 'create' | 'update' | 'destroy' | 'watch';

/** A call that failed, as the library tells it. `code`: what the server called it, if it is corex. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  readonly code?: string | undefined;
}

/** The error that came over the wire. Without a word of corex, what the status means for what was asked. */
export function errorOf({ status, message, code }: Failure, asked: Asked, subject: ErrorSubject): StateError {
  const known = code !== undefined && isCode(code) ? code : meaning(status, asked);
  return new StateError(known, message, subject);
}

/** What must have been so before. */
const PRECONDITION: Readonly<Record<Asked, StateErrorCode>> = {
  read: 'unavailable',
  create: 'unavailable',
  update: 'version-conflict',
  destroy: 'pending-finalizers',
  watch: 'invalid-bookmark',
};

function isCode(text: string): text is StateErrorCode {
  return Object.hasOwn(STATUS_OF, text);
}

function meaning(status: number, asked: Asked): StateErrorCode {
  const writes = asked === 'create' || asked === 'update' || asked === 'destroy';
  switch (status) {
    case STATUS.notFound:
      return 'not-found';
    case STATUS.alreadyExists:
      return 'already-exists';
    case STATUS.permissionDenied:
      return writes ? 'owner-conflict' : 'denied';
    case STATUS.unauthenticated:
      return 'denied';
    case STATUS.invalidArgument:
      return asked === 'update' ? 'phase-conflict' : 'bad-request';
    case STATUS.failedPrecondition:
      return PRECONDITION[asked];
    case STATUS.unimplemented:
      return 'unsupported';
    case STATUS.dataLoss:
      return 'damaged';
    default:
      return 'unavailable';
  }
}

/** The wire's limits. Byte counts are bytes, times are milliseconds. */

/** Largest frame a client may send; a larger one closes the connection with 1009. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** Commands of one connection that may be unanswered; more are refused with 429. */
export const MAX_UNANSWERED = 1024;
/** Bytes of standard input that may be sent ahead of the `stdin` event that takes them. */
export const STDIN_CREDIT_BYTES = 1024 * 1024;
/** Longest message; a longer one comes in parts, all but the last marked `truncated`. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Most of `data` and `critical` that a result carries. */
export const MAX_RESULT_TEXT_BYTES = 1024 * 1024;
/** Newest messages of each stream that a result carries, and their size together. */
export const RESULT_STREAM_MESSAGES = 100;
export const RESULT_STREAM_BYTES = 64 * 1024;
/** Longest job id, in characters. */
export const MAX_ID_LENGTH = 128;
/** Jobs one job may wait for. */
export const MAX_AFTER = 10_000;
/** Commands of one batch. */
export const MAX_BATCH = 10_000;
/** Largest resource a client may write, as JSON. */
export const MAX_RESOURCE_BYTES = 512 * 1024;
/** Longest namespace, type or id of a resource, key of a label and name of a finalizer, in characters. */
export const MAX_RESOURCE_NAME = 512;
/** Labels of a resource, and annotations; finalizers of one. */
export const MAX_LABELS = 256;
export const MAX_FINALIZERS = 64;
/** Longest value of a label, in characters. */
export const MAX_LABEL_VALUE = 4096;
/** Queries by labels at once, and terms of one. */
export const MAX_LABEL_QUERIES = 16;
export const MAX_LABEL_TERMS = 64;
/** Longest expression that ids are asked for by, in characters. */
export const MAX_ID_PATTERN = 256;
/** Resources on a page of a list. */
export const MAX_RESOURCE_PAGE = 10_000;
/** How often the server pings, and how long a silent peer is believed in. */
export const HEARTBEAT_MS = 20_000;
export const DEAD_PEER_MS = 40_000;

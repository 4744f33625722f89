/** The kernel's limits of one process, by the names `prlimit` has for them. */
export const RESOURCE_LIMITS = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const;
export type ResourceLimit = (typeof RESOURCE_LIMITS)[number];

/** In the kernel's own unit: bytes, seconds (`cpu`), microseconds (`rttime`) or a count. */
export type LimitValue = number | 'unlimited';

/** `soft` holds; a process may raise it up to `hard`. */
export type ResourceLimits = Readonly<
  Partial<Record<ResourceLimit, { readonly soft: LimitValue; readonly hard: LimitValue }>>
>;

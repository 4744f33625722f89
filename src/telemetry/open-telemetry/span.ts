/** Something that took a while in the life of a command, told when it is over. */
export interface Span {
  /** Few different ones: what differs from job to job is an attribute. */
  readonly name: string;
  /** `server`: it answers somebody's call. */
  readonly kind: 'server' | 'internal';
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** The parent is not ours. */
  readonly isParentRemote?: boolean;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Moments in it. */
  readonly events?: readonly { readonly name: string; readonly at: number }[];
  /** Why it failed; undefined when it did not. */
  readonly error?: string | undefined;
}

/** What to get by HTTP, and what makes the answer a good one. */
export interface PageRequest {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Unix socket to connect to instead of the URL's host. */
  readonly socket?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Redirects that are followed. Default 5. */
  readonly maxRedirects?: number;
  /** Bytes of the body that are read; the rest is left. Default 64 KiB. */
  readonly maxBytes?: number;
  /** Takes any certificate. Default false. */
  readonly insecure?: boolean;
  readonly expect?: PageExpectation;
}

export interface PageExpectation {
  /** Status codes, or `any`. Default: 200 to 299. */
  readonly status?: readonly number[] | 'any';
  /** The body has this text. */
  readonly contains?: string;
  /** The body has a match of this pattern, in RE2 syntax. */
  readonly matches?: string;
}

export interface Page {
  /** Where it came from, redirects followed. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body goes on. */
  readonly truncated: boolean;
  readonly redirects: number;
}

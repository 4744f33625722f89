import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { defineBuiltin, type Page } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';

const DEFAULT_TIMEOUT = 30;
/** As JSON a body takes up to six times as much, and an answer may have 1 MiB. */
const MOST_BYTES = 128 * 1024;

const status = z.int().min(100).max(599);

const Arguments = z.strictObject({
  url: z.string().min(1).max(8192).describe('`http:` or `https:`.'),
  socket: z.string().min(1).nullish().describe('Unix socket to connect to instead of the URL’s host.'),
  headers: z
    .record(z.string().max(256), z.string().max(16_384))
    .nullish()
    .describe('Headers of the request. Those for one host alone go no further when a redirect leads to another.'),
  status: z
    .union([status, z.array(status).min(1).max(100), z.literal('any')])
    .nullish()
    .describe('What the status must be: a code, one of several, or `any`. Default: 200 to 299.'),
  contains: z.string().min(1).max(16_384).nullish().describe('A text that must be in the body.'),
  matches: z.string().min(1).max(16_384).nullish().describe('A pattern, in RE2 syntax, that must match in the body.'),
  max_bytes: z
    .int()
    .min(1)
    .max(MOST_BYTES)
    .nullish()
    .describe('Bytes of the body that are read; the rest is left. Default 65536, at most 131072.'),
  max_redirects: z.int().min(0).max(20).nullish().describe('Redirects that are followed. Default 5.'),
  insecure: z.boolean().nullish().describe('Take any certificate. Default false.'),
  timeout: z.number().min(0.001).max(86_400).nullish().describe('Seconds it may take in all. Default 30.'),
});

export const httpGet = defineBuiltin({
  name: 'http.get',
  summary: 'Gets a page by HTTP and holds it against what is expected.',
  arguments: Arguments,
  errors: ['unreachable', 'unexpected-answer', 'timeout', 'cancelled'],
  example: {
    arguments: { url: 'http://127.0.0.1:8080/health', contains: 'ok' },
    data: {
      url: 'http://127.0.0.1:8080/health',
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'ok\n',
      bytes: 3,
      truncated: false,
      redirects: 0,
    },
  },
  run: async (args, context) => {
    const { status: wanted, contains, matches, timeout = DEFAULT_TIMEOUT, ...rest } = given(args);
    const { max_bytes: maxBytes, max_redirects: maxRedirects, ...request } = rest;
    const page = await offered(context.agent.probes, context).getPage(
      {
        url: args.url,
        ...given({ maxBytes, maxRedirects }),
        ...request,
        expect: { ...(wanted === undefined ? {} : { status: statusesOf(wanted) }), ...given({ contains, matches }) },
      },
      timeout * 1000,
      context.signal,
    );
    return describe(page);
  },
});

function statusesOf(wanted: number | readonly number[] | 'any'): readonly number[] | 'any' {
  return typeof wanted === 'number' ? [wanted] : wanted;
}

function describe({ url, status: code, headers, body, truncated, redirects }: Page) {
  const text = asText(body, truncated);
  return {
    url,
    status: code,
    headers,
    ...(text === undefined ? { body_base64: body.toString('base64') } : { body: text }),
    bytes: body.length,
    truncated,
    redirects,
  };
}

/** Bytes of a character in UTF-8, at most. */
const LONGEST_CHARACTER = 4;

/** The body as text; what was cut off inside a character goes without it. Undefined for what is no UTF-8. */
function asText(body: Buffer, isCut: boolean): string | undefined {
  for (let missing = 0; missing < (isCut ? LONGEST_CHARACTER : 1); missing += 1) {
    const whole = body.subarray(0, body.length - missing);
    if (isUtf8(whole)) return whole.toString('utf8');
  }
  return undefined;
}

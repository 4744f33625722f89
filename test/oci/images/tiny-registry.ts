import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry for images that only gives. */
export interface TinyRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Keeps bytes and gives their digest. */
  blob(bytes: Buffer): { digest: string; size: number };
  /** Keeps a document under a tag or its digest. */
  manifest(repository: string, tag: string, document: object): { digest: string; size: number; mediaType: string };
  /** What is asked from now on needs this name and password; undefined: nothing. */
  demand(credentials: string | undefined): void;
  /** The next answers with blobs wait until the promise resolves. */
  holdBlobs(until: Promise<void>): void;
}

/** Speaks the part of the distribution protocol of OCI that a pull needs. */
export async function startTinyRegistry(): Promise<TinyRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  const asked: string[] = [];
  let wanted: string | undefined;
  let hold: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    asked.push(path);
    const isAllowed =
      wanted === undefined || request.headers.authorization === `Basic ${Buffer.from(wanted).toString('base64')}`;
    if (!isAllowed) {
      response.setHeader('www-authenticate', 'Basic realm="tiny"');
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    if (path === '/v2/') {
      response.end('{}');
      return;
    }
    const [, repository = '', sort = '', name = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (sort === 'manifests') {
      const found = manifests.get(name) ?? manifests.get(`${repository} ${name}`);
      if (found === undefined) refuse(response, 404, 'MANIFEST_UNKNOWN');
      else send(response, found.bytes, found.mediaType, request.method);
      return;
    }
    const bytes = blobs.get(name);
    if (bytes === undefined) refuse(response, 404, 'BLOB_UNKNOWN');
    else void hold.then(() => send(response, bytes, 'application/octet-stream', request.method));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    blob: (bytes) => {
      const digest = digestOf(bytes);
      blobs.set(digest, bytes);
      return { digest, size: bytes.length };
    },
    manifest: (repository, tag, document) => {
      const bytes = Buffer.from(JSON.stringify(document));
      const { mediaType } = document as { mediaType: string };
      const digest = digestOf(bytes);
      for (const name of [`${repository} ${tag}`, digest]) manifests.set(name, { bytes, mediaType });
      return { digest, size: bytes.length, mediaType };
    },
    demand: (credentials) => {
      wanted = credentials;
    },
    holdBlobs: (until) => {
      hold = until;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function send(response: ServerResponse, bytes: Buffer, type: string, method: string | undefined): void {
  response.setHeader('content-type', type);
  response.setHeader('content-length', bytes.length);
  response.setHeader('docker-content-digest', digestOf(bytes));
  response.end(method === 'HEAD' ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  response.end(JSON.stringify({ errors: [{ code, message: code }] }));
}

import { describe, expect, test } from 'vitest';
import { parseReference, referenceText } from '../../../src/oci/images/reference.ts';

const SUM = 'a'.repeat(64);

describe('parseReference()', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['acme/tool', 'docker.io/acme/tool:latest'],
    ['localhost/x', 'localhost/x:latest'],
    ['localhost:5000/x/y:1', 'localhost:5000/x/y:1'],
    ['ghcr.io/acme/tool', 'ghcr.io/acme/tool:latest'],
    [`ghcr.io/a@sha256:${SUM}`, `ghcr.io/a@sha256:${SUM}`],
    [`ghcr.io/a:1@sha256:${SUM}`, `ghcr.io/a:1@sha256:${SUM}`],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
  ])('reads %s', (text, whole) => {
    expect(referenceText(parseReference(text))).toBe(whole);
    expect(referenceText(parseReference(whole))).toBe(whole);
  });

  test.each([
    '',
    '--insecure',
    '-x',
    'A',
    'a b',
    'a:',
    'a@sha256:1',
    '../x',
    'a/../b',
    'x'.repeat(2000),
    'a\0b',
    'a//b',
    'https://x/y',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'bad-arguments' }));
  });
});

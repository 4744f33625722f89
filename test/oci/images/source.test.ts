import { describe, expect, test } from 'vitest';
import { checkKind, checkReference, matches } from '../../../src/oci/images/policy.ts';
import { parseReference } from '../../../src/oci/images/reference.ts';
import { parseSource } from '../../../src/oci/images/source.ts';

describe('parseSource()', () => {
  test('reads files by their kind, and everything else as a name of a registry', () => {
    expect(parseSource('tar:/srv/x.tar:gz')).toEqual({ kind: 'tar', path: '/srv/x.tar:gz' });
    expect(parseSource('oci:/srv/layout')).toEqual({ kind: 'oci', path: '/srv/layout' });
    for (const text of ['alpine:3.20', 'registry:alpine:3.20', 'docker://alpine:3.20']) {
      expect(parseSource(text)).toEqual({ kind: 'registry', reference: parseReference('alpine:3.20') });
    }
    expect(parseSource('localhost:5000/x').kind).toBe('registry');
  });

  test.each(['tar:x', 'directory:', 'docker-daemon:/x', 'containers-storage:/x', 'dir:/x', '/x', './x', 'tar:/x\0'])(
    'refuses %j',
    (text) => {
      expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: 'bad-arguments' }));
    },
  );
});

describe('the policy of images', () => {
  test.each([
    ['**', 'docker.io/library/a:1', true],
    ['docker.io/library/*', 'docker.io/library/a:1', true],
    ['docker.io/*', 'docker.io/library/a', false],
    ['docker.io/**', 'docker.io/library/a', true],
    ['ghcr.io/acme/tool', 'ghcr.io/acme/tool', true],
    ['ghcr.io/acme/tool', 'ghcr.io/acme/tool2', false],
    ['ghcr.io/acme/t*l', 'ghcr.io/acme/tool', true],
    ['ghcr.io', 'ghcrxio', false],
    ['', 'a', false],
  ])('%s stands for %s: %s', (pattern, text, is) => {
    expect(matches(pattern, text)).toBe(is);
  });

  test('lets in what matches, with its tag or without', () => {
    const policy = { sources: ['registry'], allow: ['docker.io/library/alpine', 'ghcr.io/a/b:1'] } as const;
    checkReference(policy, parseReference('alpine:3.20'));
    checkReference(policy, parseReference('ghcr.io/a/b:1'));
    expect(() => checkReference(policy, parseReference('ghcr.io/a/b:2'))).toThrow(
      'Cannot pull "ghcr.io/a/b:2": it matches none of "images.allow" of this agent ("docker.io/library/alpine", "ghcr.io/a/b:1")',
    );
    expect(() => checkKind(policy, 'tar')).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });
});

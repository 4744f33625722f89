import { expect, test } from 'vitest';
import { replaceSection, sectionOf } from '../../bench/report/section.ts';

test('replaceSection() adds a section at the end, and replaces it where it stands', () => {
  const first = replaceSection('# Figures\n\n## Other\n\ntext\n', 'Soak', 'a');
  expect(first).toBe('# Figures\n\n## Other\n\ntext\n\n## Soak\n\na\n');
  expect(replaceSection(first, 'Soak', '$& b')).toBe('# Figures\n\n## Other\n\ntext\n\n## Soak\n\n$& b\n');
  expect(replaceSection(first, 'Other', 'c')).toContain('## Other\n\nc\n\n## Soak');
  expect(replaceSection('', 'Soak', 'a')).toBe('## Soak\n\na\n');
});

test('sectionOf() ends with the next section', () => {
  expect(sectionOf('# T\n\n## A\n\na\n\n## B\n\nb\n', 'A')).toBe('## A\n\na\n\n');
  expect(sectionOf('# T\n', 'A')).toBeUndefined();
});

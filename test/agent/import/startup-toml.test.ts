import { parse } from 'smol-toml';
import { expect, test } from 'vitest';

import { startupToml } from '../../../src/agent/import/startup-toml.ts';

test('startupToml() writes what is read back as it was, with notes that stay comments', () => {
  const section = {
    tags: ['x'],
    args: { name: 'sh', args: ['-c', 'echo "a\nb" \u{7f} \\'], env: { 'odd name': '[startup.x]' } },
    protected: true,
    name: 'core.system',
  };
  const notes = ['a note\n[startup.evil]\nname = "x"', 'bell \u{7}'];
  const toml = startupToml({ entries: [{ id: 'a:b "c"', section, notes }], notes: ['general'] }, ['heading']);
  expect(parse(toml)).toEqual({ startup: { 'a:b "c"': section } });
  expect(toml).toMatch(/^# heading\n# general\n\n# a note\n# \[startup\.evil\]\n/);
  expect(toml.indexOf('name = "core.system"')).toBeLessThan(toml.indexOf('protected'));
});

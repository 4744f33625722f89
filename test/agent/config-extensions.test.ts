import { writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { loadConfig } from '../../src/agent/config.ts';
import { tempDir } from '../harness/temp-dir.ts';

const environment = { HOME: '/nonexistent' };

test('where extensions are from is relative to who says it', async () => {
  await using directory = tempDir();
  const file = directory.at('corex.toml');
  writeFileSync(
    file,
    `
[extensions]
directories = ["ext", "/opt/ext"]
[extension."git.tag"]
binary = "git"
[plugin.scan]
path = "./scan"
`,
  );
  const { extensions } = loadConfig({ file, environment, cwd: '/' });
  expect(extensions).toEqual({
    directories: [directory.at('ext'), '/opt/ext'],
    shipped: true,
    manifests: { 'git.tag': { binary: 'git' } },
    plugins: { scan: { path: './scan' } },
    directory: directory.path,
  });
  const variables = { ...environment, COREX_EXTENSIONS_DIRECTORIES: 'a,b', COREX_EXTENSIONS_SHIPPED: 'false' };
  expect(loadConfig({ environment: variables, cwd: '/c' }).extensions).toMatchObject({
    directories: ['/c/a', '/c/b'],
    shipped: false,
  });
});

test('a manifest that can not be used is no reason for an agent not to start, a key that is unknown is', async () => {
  await using directory = tempDir();
  const file = directory.at('corex.toml');
  writeFileSync(file, '[extension.wrong]\nbinry = 5\n');
  expect(loadConfig({ file, environment }).extensions.manifests).toEqual({ wrong: { binry: 5 } });
  writeFileSync(file, '[extensions]\ndirectory = "x"\n');
  expect(() => loadConfig({ file, environment })).toThrow('did you mean "directories"?');
  writeFileSync(file, 'extension = "x"\n');
  expect(() => loadConfig({ file, environment })).toThrow('"extension"');
});

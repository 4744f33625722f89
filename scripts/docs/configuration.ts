/** The page of all configuration keys. */
import { QueueSection, SECTIONS, ConfigFile } from '../../src/agent/config-schema.ts';
import { variableName } from '../../src/agent/config-sources.ts';
import { STARTUP_ENTRY_KEYS } from '../../src/agent/config-startup.ts';
import { DATA_ENTRIES } from '../../src/agent/data-dir.ts';
import { exactByteSize } from '../../src/base/byte-size.ts';
import { Manifest } from '../../src/kinds/extension/manifest.ts';
import { Parameter } from '../../src/kinds/extension/parameter.ts';
import { PluginManifest } from '../../src/kinds/extension/plugin.ts';
import { jsonSchema, membersOf, type Member } from './json-schema.ts';
import { code, page, sentence, table } from './markdown.ts';

export function configurationPage(): string {
  return page(
    'Configuration',
    'Defaults, then one TOML file, then variables, then flags; later ones win key by key. Times are seconds; sizes are bytes or a text such as ' +
      '`"64 MiB"`. Unknown keys are refused. Lists in variables are separated by commas.',
    ...Object.entries(SECTIONS).flatMap(([section, schema]) => [
      `## [${section}]`,
      ConfigFile.shape[section as keyof typeof SECTIONS].description ?? '',
      table(
        ['key', 'type', 'default', 'variable', 'meaning'],
        membersOf(jsonSchema(schema)).map((member) => [
          code(member.name),
          typeName(member),
          defaultText(member),
          code(variableName(section, member.name)),
          member.description,
        ]),
      ),
    ]),
    '## [queues.NAME]',
    `${ConfigFile.shape.queues.description ?? ''} Only in the file.`,
    keyTable(QueueSection),
    '## [startup]',
    `${ConfigFile.shape.startup.description ?? ''} Only in the file. \`include\`: directories whose \`*.toml\` files hold more entries, in the order of their names. Every other key is an entry, \`[startup.ID]\`:`,
    keyTable(STARTUP_ENTRY_KEYS),
    '## [extension.NAME]',
    `${ConfigFile.shape.extension.description ?? ''} Only in files.`,
    keyTable(Manifest),
    '### [extension.NAME.parameters.NAME]',
    'One parameter; in a file of its own `[parameters.NAME]`.',
    keyTable(Parameter),
    '## [plugin.DOMAIN]',
    `${ConfigFile.shape.plugin.description ?? ''} Only in the file.`,
    keyTable(PluginManifest),
    '## The data directory',
    table(
      ['name', 'mode', 'written by', 'what'],
      Object.values(DATA_ENTRIES).map(({ name, mode, writer, meaning }) => [
        code(name),
        `0${mode.toString(8)}`,
        writer,
        sentence(meaning),
      ]),
    ),
  );
}

/** The keys of a table that only files have. */
function keyTable(schema: Parameters<typeof jsonSchema>[0]): string {
  return table(
    ['key', 'type', 'default', 'meaning'],
    membersOf(jsonSchema(schema)).map((member) => [
      code(member.name),
      typeName(member),
      defaultText(member),
      member.description,
    ]),
  );
}

function isSize({ name }: Member): boolean {
  return name.endsWith('_bytes');
}

function typeName(member: Member): string {
  return isSize(member) ? 'size' : member.type;
}

function defaultText(member: Member): string {
  const value = member.defaultValue;
  if (value === undefined) return '–';
  return isSize(member) && typeof value === 'number' ? code(exactByteSize(value)) : code(JSON.stringify(value));
}

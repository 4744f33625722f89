/** Every generated file. To add one: a row here. */
import { AGENT_VERSION } from '../../src/agent/version.ts';
import { asyncApiFile } from './asyncapi.ts';
import { builtinsPage } from './builtins.ts';
import { cliPage } from './cli.ts';
import { configurationPage } from './configuration.ts';
import { protocolPage } from './protocol.ts';
import { commandSchemaFile, framesSchemaFile, resultSchemaFile } from './schemas.ts';
import { errorsPage, layersPage, levelsPage, metricsPage } from './tables.ts';

const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'asyncapi.json': () => asyncApiFile(AGENT_VERSION),
  'builtins.md': builtinsPage,
  'cli.md': cliPage,
  'command.schema.json': commandSchemaFile,
  'configuration.md': configurationPage,
  'errors.md': errorsPage,
  'frames.schema.json': framesSchemaFile,
  'layers.md': layersPage,
  'levels.md': levelsPage,
  'metrics.md': metricsPage,
  'protocol.md': protocolPage,
  'result.schema.json': resultSchemaFile,
};

/** The content of every generated file, by name. The same sources give the same bytes. */
export async function generateFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [name, write] of Object.entries(FILES)) files.set(name, await write());
  return files;
}

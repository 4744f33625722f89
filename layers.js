// The law of imports, as data. `.dependency-cruiser.js` turns it into rules; docs/generated/layers.md draws it.
// The reasons are in ARCHITECTURE.md.

/**
 * From the top down. A room may import from rooms on lower lines and from itself, never from a room on its own line.
 * `only` narrows that to the rooms named.
 *
 * @type {{ room: string, only?: string[] }[][]}
 */
export const layers = [
  [{ room: 'cli', only: ['agent', 'client', 'channel', 'files', 'protocol', 'telemetry', 'base'] }],
  [{ room: 'agent' }],
  [
    { room: 'server' },
    { room: 'cosi', only: ['state', 'security', 'protocol', 'telemetry', 'base'] },
    { room: 'fleet' },
    { room: 'client', only: ['channel', 'protocol', 'base'] },
  ],
  [
    { room: 'kinds' },
    { room: 'startup', only: ['engine', 'host', 'protocol', 'telemetry', 'base'] },
    { room: 'containers' },
    { room: 'services' },
    { room: 'providers' },
  ],
  [{ room: 'store' }, { room: 'security' }, { room: 'oci' }],
  [{ room: 'engine' }, { room: 'state' }, { room: 'host' }, { room: 'channel' }],
  [{ room: 'files', only: ['protocol', 'base'] }],
  [{ room: 'protocol' }, { room: 'telemetry' }],
  [{ room: 'base' }],
];

/** @param {string} name */
function commandFile(name) {
  return `src/cli/commands/${name}.ts`;
}

/** Imports between rooms that the lines above allow and only these files may have. */
export const narrowImports = [
  {
    to: 'src/agent/',
    from: [
      'src/agent/',
      'src/index.ts',
      'src/cli/agent-config.ts',
      'src/cli/doctor/',
      'src/cli/extension/',
      ...['start', 'keeper', 'init', 'doctor', 'import'].map(commandFile),
    ],
    why: 'The agent is put together in one place; other commands talk to it through the client, but doctor looks where none runs, and import writes what an agent reads.',
  },
  {
    to: 'builtins/',
    from: ['builtins/', 'src/agent/'],
    why: 'The list of built-ins is handed to the agent; nobody else knows it.',
  },
];

/** The files of the package that are doors for those outside, with what each may show them. */
export const packageDoors = [
  {
    file: 'src/index.ts',
    // Who embeds an agent may hang hooks and handlers of their own into the engine.
    to: ['src/agent/', 'src/engine/', 'src/protocol/', 'src/base/', 'src/telemetry/', 'src/client/'],
  },
  { file: 'src/builtin.ts', to: ['src/engine/', 'src/protocol/', 'src/base/'] },
  { file: 'src/main.ts', to: ['src/cli/'] },
];

/** Outside things that may enter by one door only; everyone else meets them behind a word of our own. */
export const outsideDoors = [
  { modules: ['ws'], from: ['src/server/', 'src/channel/', 'src/client/'] },
  { modules: ['execa', 'child_process'], from: ['src/host/'] },
  { modules: ['pidusage'], from: ['src/host/'] },
  { modules: ['systeminformation'], from: ['builtins/info/'] },
  {
    modules: ['koffi'],
    from: [
      'src/host/keeper/libc.ts',
      'src/host/special-files.ts',
      'src/host/unused-memory.ts',
      'src/cli/terminal/raw-mode.ts',
    ],
  },
  { modules: ['pino', 'prom-client', '@opentelemetry'], from: ['src/telemetry/'] },
  { modules: ['p-queue'], from: ['src/engine/'] },
  { modules: ['@grpc'], from: ['src/cosi/'] },
  { modules: ['re2js'], from: ['src/engine/', 'src/host/probe/', 'src/kinds/extension/', 'src/state/'] },
  { modules: ['sqlite', 'worker_threads'], from: ['src/store/'] },
  { modules: ['smol-toml'], from: ['src/agent/'] },
  { modules: ['croner'], from: ['src/startup/'] },
];

/** Folder names that sort by grammar instead of by concept. */
export const forbiddenFolders = ['utils', 'helpers', 'common', 'misc', 'types', 'interfaces', 'managers'];

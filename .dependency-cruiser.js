// Turns layers.js into rules.
import { forbiddenFolders, layers, narrowImports, outsideDoors, packageDoors } from './layers.js';

const grammarFolder = `/(${forbiddenFolders.join('|')})/`;
const allRooms = layers.flat().map(({ room }) => room);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other can only be understood, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolved',
      comment: 'An import must lead to a file or an installed package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'What users run may not need a package that only developers have.',
      severity: 'error',
      from: { path: '^(src|builtins)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'folders-are-concepts',
      comment:
        'A folder is a layer or a kind, never a part of speech. If a helper has no home, its concept has no name.',
      severity: 'error',
      from: { pathNot: grammarFolder },
      to: { path: grammarFolder, pathNot: 'node_modules/' },
    },
    {
      name: 'folders-are-concepts-inside',
      comment: 'A folder is a layer or a kind, never a part of speech.',
      severity: 'error',
      from: { path: grammarFolder },
      to: {},
    },
    {
      name: 'known-rooms',
      comment: 'Every folder of src is a room of layers.js.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${allRooms.join('|')})/` },
      to: {},
    },
    ...layers.flatMap((line, index) => line.map((entry) => roomRule(entry, layers.slice(index + 1).flat()))),
    ...narrowImports.map(({ to, from, why }) => ({
      name: `only-some-import-${to.replace(/^src\//, '').replace('/', '')}`,
      comment: why,
      severity: 'error',
      from: { path: '^(src|builtins)/', pathNot: startsWithOneOf(from) },
      to: { path: startsWithOneOf([to]) },
    })),
    ...packageDoors.map(({ file, to }) => ({
      name: `door-${file.replace(/^src\/|\.ts$/g, '')}`,
      comment: `${file} only shows what lies in ${to.join(', ')}.`,
      severity: 'error',
      from: { path: startsWithOneOf([file]) },
      to: { path: '^(src|builtins)/', pathNot: startsWithOneOf(to) },
    })),
    {
      name: 'doors-are-for-those-outside',
      comment: 'Inside src, import the file that says it; the doors are for users and built-ins.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: startsWithOneOf(packageDoors.map(({ file }) => file)) },
    },
    {
      name: 'builtins-use-their-door',
      comment: 'A built-in is written as a user would write it: it imports corex/builtin and other built-ins only.',
      severity: 'error',
      from: { path: '^builtins/' },
      to: { path: '^src/', pathNot: '^src/builtin\\.ts$' },
    },
    {
      name: 'examples-are-users',
      comment: 'An example shows what a user writes: it imports corex by its name.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(src|builtins|test|bench|scripts|dist)/', pathNot: packageExports() },
    },
    {
      name: 'extensions-stand-alone',
      comment: 'An extension is a program in any language; it knows nothing of this tree.',
      severity: 'error',
      from: { path: '^extensions/' },
      to: { path: '^(src|builtins|test|bench|scripts|examples)/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What ships never needs what tests it.',
      severity: 'error',
      from: { path: '^(src|builtins|examples|extensions|scripts)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'one-copy',
      comment: 'Sources and build are never loaded side by side: see docs/decisions/0003-the-source-condition.md.',
      severity: 'error',
      from: {},
      to: { path: '^dist/' },
    },
    ...outsideDoors.map(({ modules, from }) => ({
      name: `door-of-${modules.join('-and-')}`,
      comment: `Only ${from.join(', ')} know of ${modules.join(', ')}.`,
      severity: 'error',
      from: { path: '^(src|builtins)/', pathNot: startsWithOneOf(from) },
      to: { path: `^(node:)?(${modules.join('|')})(/|$)|node_modules/(@types/)?(${modules.join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: ['^scratch/', '^coverage/', '^dist\\.'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['corex-source', 'import', 'node', 'types', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.node'],
    },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
};

/** A room may import itself, the rooms on lower lines (or the few it names), and nothing else of ours. */
function roomRule({ room, only }, below) {
  const allowed = [room, ...(only ?? below.map((entry) => entry.room))];
  return {
    name: `layer-${room}`,
    comment: `src/${room} may import ${allowed.join(', ')} and nothing else of ours: see layers.js.`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: {
      path: '^(src/[^/]+/|builtins/)',
      pathNot: [`^src/(${allowed.join('|')})/`, ...(room === 'agent' ? ['^builtins/'] : [])],
    },
  };
}

function startsWithOneOf(places) {
  return `^(${places.map((place) => place.replaceAll('.', '\\.')).join('|')})`;
}

function packageExports() {
  return startsWithOneOf([
    'src/index.ts',
    'src/builtin.ts',
    'src/client/index.ts',
    'src/protocol/index.ts',
    'src/state/index.ts',
  ]);
}

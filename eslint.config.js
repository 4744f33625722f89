import { defineConfig, globalIgnores } from 'eslint/config';
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const SOURCE = ['src/**/*.ts', 'builtins/**/*.ts'];
const RELAXED = ['test/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts', '*.ts'];
const PLAIN_JAVASCRIPT = ['**/*.js', '**/*.mjs', '**/*.cjs'];
const TIMELESS = ['src/engine/**/*.ts', 'src/state/**/*.ts', 'src/services/**/*.ts'];

const environment = {
  object: 'process',
  property: 'env',
  message: 'Only src/cli, src/agent/config.ts and src/host/child-environment.ts read the environment; take a value.',
};
const parse = {
  object: 'JSON',
  property: 'parse',
  message: 'Use parseJson() of src/base/json.ts, which does not throw; only it and the codecs call JSON.parse.',
};
const clock = ['now'].flatMap((property) =>
  ['Date', 'performance'].map((object) => ({ object, property, message: 'Take a Clock (src/base/clock.ts).' })),
);
const chance = { object: 'Math', property: 'random', message: 'Take a source of chance as a parameter.' };
const modules = ['mock', 'doMock', 'unmock', 'doUnmock', 'hoisted'].map((property) => ({
  object: 'vi',
  property,
  message: 'Modules are not mocked: write a small fake of our own port in test/fakes.',
}));

const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name.',
};
const privateKeyword = {
  selector:
    ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"], TSParameterProperty)[accessibility="private"]',
  message: 'Use #name: it is private when the program runs, too.',
};
const dateOfNow = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: 'Take a Clock (src/base/clock.ts).',
};
// Each object that such an expression makes has a table of its properties for itself, and an old one keeps newer ones in
// memory: where one is made for each job, nearly all jobs that ever were grow old.
const getterOfLiteral = {
  selector: 'ObjectExpression > Property[kind!="init"]',
  message: 'Make it a method, or the object a class.',
};

export default defineConfig(
  globalIgnores(['dist*/', 'coverage/', 'scratch/', 'docs/generated/', 'test/fixtures/pm2/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      'no-restricted-syntax': ['error', defaultExport, privateKeyword],
      'no-restricted-properties': ['error', ...modules],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // It takes Promise.withResolvers<void>() for a mistake.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true, ignoreUsingDeclarations: true },
      ],
      // An async function without await turns what it throws into a rejection, which the ports promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/naming-convention': ['error', ...naming(['camelCase'])],
    },
  },
  {
    // The words of the wire keep their spelling.
    files: ['src/protocol/**/*.ts', 'src/client/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: { '@typescript-eslint/naming-convention': ['error', ...naming(['camelCase', 'snake_case'])] },
  },
  {
    files: SOURCE,
    rules: {
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-restricted-properties': ['error', environment, parse],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/agent/config.ts', 'src/host/child-environment.ts'],
    rules: { 'no-restricted-properties': ['error', parse] },
  },
  {
    files: ['src/base/json.ts', 'src/protocol/**/*codec*.ts', 'src/channel/**/*codec*.ts'],
    rules: { 'no-restricted-properties': ['error', environment] },
  },
  {
    files: TIMELESS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
          name,
          message: 'Take a Clock (src/base/clock.ts).',
        })),
      ],
      'no-restricted-imports': [
        'error',
        ...['node:timers', 'node:timers/promises'].map((name) => ({ name, message: 'Take a Clock.' })),
      ],
      'no-restricted-properties': ['error', environment, parse, chance, ...clock],
      'no-restricted-syntax': ['error', defaultExport, privateKeyword, dateOfNow, getterOfLiteral],
    },
  },
  {
    files: RELAXED,
    rules: {
      'no-restricted-properties': ['error', ...modules],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: PLAIN_JAVASCRIPT,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: nodeGlobals() },
    rules: { '@typescript-eslint/naming-convention': 'off', '@typescript-eslint/no-empty-function': 'off' },
  },
  {
    files: ['bin/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { ...nodeGlobals(), require: 'readonly', module: 'readonly' } },
    rules: {
      'no-var': 'off',
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { caughtErrors: 'none' }],
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/prefer-optional-chain': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    // These run on whatever Node a machine has.
    files: ['bin/corex.js', 'bin/on-another-node.js'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(ArrowFunctionExpression, AwaitExpression, ChainExpression, ClassDeclaration, ForOfStatement, ' +
            'ImportExpression, LogicalExpression[operator="??"], SpreadElement, TemplateLiteral, ' +
            'VariableDeclaration[kind!="var"], CatchClause[param=null], Property[shorthand=true])',
          message: 'This file must parse on any Node: write it in the JavaScript of 2009.',
        },
      ],
    },
  },
  {
    // Configuration files are read by tools that want a default export.
    files: ['**/*.config.js', '**/*.config.ts', '.*.js'],
    rules: { 'no-restricted-syntax': ['error', privateKeyword] },
  },
);

/** Names: values in camelCase (schemas share the PascalCase of their type), types in PascalCase, no marks of kind. */
function naming(fieldFormats) {
  return [
    { selector: 'default', format: ['camelCase'], leadingUnderscore: 'forbid' },
    { selector: 'variable', format: ['camelCase', 'PascalCase', 'UPPER_CASE'] },
    { selector: 'variable', modifiers: ['unused'], format: ['camelCase'], leadingUnderscore: 'allow' },
    { selector: 'import', format: null },
    { selector: 'parameter', format: ['camelCase'], leadingUnderscore: 'allow' },
    { selector: 'typeLike', format: ['PascalCase'] },
    { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]', match: false } },
    { selector: 'typeProperty', format: fieldFormats },
    { selector: 'objectLiteralProperty', format: null },
    { selector: 'objectLiteralMethod', format: null },
    { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
    { selector: ['property', 'method'], modifiers: ['requiresQuotes'], format: null },
  ];
}

function nodeGlobals() {
  const names = ['process', 'console', 'Buffer', 'URL', 'WebSocket', 'fetch', 'AbortController', 'AbortSignal'];
  const more = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance'];
  const texts = ['TextEncoder', 'TextDecoder', '__dirname', '__filename', 'exports'];
  return Object.fromEntries([...names, ...more, ...texts].map((name) => [name, 'readonly']));
}

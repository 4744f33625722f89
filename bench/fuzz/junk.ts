import type { Random } from './random.ts';

const WORDS = [
  '',
  'id',
  'command',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '\u0000',
  '\ud800',
  '💥',
  '../../..',
];
const NUMBERS = [0, -0, -1, 1, 0.1, 1e-9, 255, 256, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64, 1e21, 1e308, -1e308];

/** Any JSON value, small. */
export function junkValue(random: Random, depth = 3): unknown {
  const leaf = (): unknown =>
    random.weighted<() => unknown>([
      [3, () => junkText(random)],
      [3, () => random.pick(NUMBERS)],
      [1, () => random.chance(0.5)],
      [1, () => null],
    ])();
  if (depth === 0 || random.chance(0.6)) return leaf();
  const length = random.below(5);
  if (random.chance(0.5)) return random.list(length, () => junkValue(random, depth - 1));
  return Object.fromEntries(random.list(length, () => [junkText(random), junkValue(random, depth - 1)]));
}

/** A text that may mean something to somebody, or is just long or strange. */
export function junkText(random: Random): string {
  return random.weighted<() => string>([
    [5, () => random.pick(WORDS)],
    [3, () => random.bytes(random.below(20)).toString('latin1')],
    [1, () => random.pick(['x', 'é', '\n', '::', '"']).repeat(random.below(3000))],
  ])();
}

/** A frame that is no command: broken, deep, huge, or of the wrong kind. */
export function junkFrame(random: Random): string {
  return random.weighted<() => string>([
    [6, () => JSON.stringify(junkValue(random))],
    [3, () => random.bytes(random.below(80)).toString('latin1')],
    [2, () => deepJson(random)],
    [1, () => JSON.stringify({ command: 'core.ping', arguments: 'x'.repeat(random.between(100_000, 1_000_000)) })],
    [1, () => `{"command":"core.ping","id":"${'i'.repeat(random.between(129, 100_000))}"}`],
    [1, () => '{"command":"core.ping","command":"core.version","ref":1e999}'],
    [1, () => `{"command":"job.get","arguments":{"id":"a","__proto__":{"id":"b"}}}`],
    [1, () => `{"command":${' '.repeat(random.below(200_000))}"core.ping"}`],
  ])();
}

/** Brackets and braces, up to as deep as a frame is long. */
function deepJson(random: Random): string {
  const depth = random.pick([10, 1000, 50_000, 150_000]);
  const nest = random.chance(0.5) ? (['[', ']'] as const) : (['{"a":', '}'] as const);
  const closing = random.chance(0.7) ? nest[1].repeat(depth) : '';
  const inner = `${nest[0].repeat(depth)}1${closing}`;
  if (random.chance(0.3)) return inner;
  const name = random.pick(['core.ping', 'job.list', 'core.system', 'job.get']);
  return `{"command":"${name}","id":"deep","arguments":${inner}}`;
}

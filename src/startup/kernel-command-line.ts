/**
 * The options of a kernel's command line: `key=value`, `key="a value"`, `"key=a value"`, and flags without a value, which
 * are empty. Of an option that is given more than once the last counts. What comes after `--` is for the first process.
 */
export function parseKernelCommandLine(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const word of wordsOf(text)) {
    if (word === '--') break;
    const equals = word.indexOf('=');
    if (equals === 0) continue;
    options.set(equals === -1 ? word : word.slice(0, equals), equals === -1 ? '' : word.slice(equals + 1));
  }
  return options;
}

/** Parts between blanks; quotes hold blanks together and are left out. A quote that is never closed holds the rest. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*(?:"|$)|[^\s"])+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

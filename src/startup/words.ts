/** What conditions and templates may name: variables of the environment, then options of the kernel's command line. */
export interface Words {
  /** Undefined when there is none of this name. */
  find(name: string): string | undefined;
}

export function wordsOf(
  environment: Readonly<Record<string, string | undefined>>,
  kernelOptions: ReadonlyMap<string, string>,
): Words {
  return {
    find: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? kernelOptions.get(name),
  };
}

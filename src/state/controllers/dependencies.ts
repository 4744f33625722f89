/** Who reads and writes what: conflicts are found when a controller is registered, and people can look at it. */
import { type Declared, type Input, type Output } from './declarations.ts';

/** Reads or writes of one controller. Outputs have no namespace. */
export interface Edge {
  readonly controller: string;
  readonly edge: 'exclusive' | 'shared' | Input['kind'];
  readonly namespace?: string;
  readonly type: string;
  readonly id?: string;
}

const ORDER: readonly Edge['edge'][] = [
  'exclusive',
  'shared',
  'strong',
  'weak',
  'destroy-ready',
  'primary',
  'mapped',
  'mapped-destroy-ready',
];

/** All declarations. */
export class Dependencies {
  readonly #declared = new Map<string, Declared>();

  /** Errors: TypeError for a name that is taken, an input or output named twice, and outputs that somebody has. */
  add(declared: Declared): void {
    const { controller, inputs, outputs } = declared;
    if (this.#declared.has(controller))
      throw new TypeError(`Cannot register the controller "${controller}": there is one`);
    checkInputs(controller, inputs);
    for (const [at, output] of outputs.entries()) this.#checkOutput(controller, output, outputs.slice(0, at));
    this.#declared.set(controller, declared);
  }

  /** Errors: TypeError as above. */
  setInputs(controller: string, inputs: readonly Input[]): void {
    checkInputs(controller, inputs);
    const declared = this.#declared.get(controller);
    if (declared !== undefined) this.#declared.set(controller, { ...declared, inputs });
  }

  of(controller: string): Declared {
    return this.#declared.get(controller) ?? { controller, inputs: [], outputs: [] };
  }

  /** Outputs first. */
  edges(): Edge[] {
    const outputs = [...this.#declared.values()].flatMap((declared) =>
      declared.outputs.map(({ type, kind }): Edge => ({ controller: declared.controller, edge: kind, type })),
    );
    const inputs = [...this.#declared.values()].flatMap((declared) =>
      declared.inputs.map(({ namespace, type, id, kind }): Edge => ({
        controller: declared.controller,
        edge: kind,
        namespace,
        type,
        ...(id !== undefined && { id }),
      })),
    );
    return [...outputs.sort((one, other) => rank(one) - rank(other) || byName(one, other)), ...inputs.sort(byName)];
  }

  /** One line an edge. */
  toText(): string {
    return this.edges()
      .map(({ controller, edge, namespace, type, id }) => {
        const what = namespace === undefined ? type : `${type}(${namespace}/${id ?? '*'})`;
        return namespace === undefined
          ? `${controller} -- ${edge} --> ${what}`
          : `${what} -- ${edge} --> ${controller}`;
      })
      .join('\n');
  }

  /** A picture for whoever draws Mermaid. */
  toMermaid(): string {
    const names = new Map<string, string>();
    const node = (label: string, shape: readonly [string, string]): string => {
      const known = names.get(label);
      if (known !== undefined) return known;
      const name = `n${names.size}`;
      names.set(label, name);
      return `${name}${shape[0]}"${label.replaceAll('"', '#quot;')}"${shape[1]}`;
    };
    const lines = this.edges().map(({ controller, edge, type }) => {
      const [there, here] = [node(type, ['[', ']']), node(`controller ${controller}`, ['([', '])'])];
      return edge === 'exclusive' || edge === 'shared'
        ? `${here} -- ${edge} --> ${there}`
        : `${there} -- ${edge} --> ${here}`;
    });
    return ['flowchart LR', ...lines.map((line) => `  ${line}`)].join('\n');
  }

  #checkOutput(controller: string, { type, kind }: Output, before: readonly Output[]): void {
    const refuse = (why: string): never => {
      throw new TypeError(`Cannot register the controller "${controller}": its output ${type} ${why}`);
    };
    if (before.some((other) => other.type === type)) refuse('is declared twice');
    for (const other of this.#declared.values()) {
      const theirs = other.outputs.find((output) => output.type === type);
      if (theirs?.kind === 'exclusive') refuse(`is managed by "${other.controller}" alone`);
      if (theirs?.kind === 'shared' && kind === 'exclusive') refuse(`is shared by "${other.controller}"`);
    }
  }
}

function checkInputs(controller: string, inputs: readonly Input[]): void {
  const seen = new Set<string>();
  for (const { namespace, type, id } of inputs) {
    const key = JSON.stringify([namespace, type, id]);
    if (seen.has(key)) {
      throw new TypeError(
        `Cannot register the controller "${controller}": its input ${type}(${namespace}/${id ?? '*'}) is declared twice`,
      );
    }
    seen.add(key);
  }
}

function rank({ edge }: Edge): number {
  return ORDER.indexOf(edge);
}

function byName(one: Edge, other: Edge): number {
  const key = ({ controller, namespace = '', type, id = '' }: Edge): string =>
    [controller, namespace, type, id].join('\0');
  return key(one) < key(other) ? -1 : 1;
}

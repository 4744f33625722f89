import { errorMessage } from '../protocol/agent-error.ts';
import type { StopAgentOptions } from './agent-api.ts';
import type { AgentPart, AgentWorld, MakePart } from './agent-part.ts';

/** The parts of one agent. What one of them does wrong at a reload or at the end is logged and not felt by the others. */
export class AgentParts {
  readonly #parts: readonly AgentPart[];
  readonly #world: AgentWorld;

  constructor(makers: readonly MakePart[], world: AgentWorld) {
    this.#world = world;
    this.#parts = makers.map((make) => make(world));
  }

  async register(): Promise<void> {
    for (const part of this.#parts) await part.register?.();
  }

  async begin(): Promise<void> {
    for (const part of this.#parts) await part.begin?.();
  }

  async reload(): Promise<void> {
    await this.#each('reload', this.#parts, (part) => part.reload?.());
  }

  /** The last one first, as with {@link close}. */
  async stop(options: Required<StopAgentOptions>): Promise<void> {
    await this.#each('stop', this.#parts.toReversed(), (part) => part.stop?.(options));
  }

  async close(): Promise<void> {
    await this.#each('close', this.#parts.toReversed(), (part) => part.close?.());
  }

  async #each(step: string, parts: readonly AgentPart[], act: (part: AgentPart) => unknown): Promise<void> {
    for (const part of parts) {
      try {
        await act(part);
      } catch (error) {
        this.#world.logger.error({ step, error: errorMessage(error) }, 'A part of the agent failed');
      }
    }
  }
}

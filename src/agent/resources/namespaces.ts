/** Where the agent's resources are. To add a namespace: a row here. */
import { META } from '../../state/registry.ts';

export interface AgentNamespace {
  readonly name: string;
  readonly description: string;
  /** Whether what is in it outlives the agent. */
  readonly isKept: boolean;
  /** Whether clients may only look at it: it tells what the agent does, or is changed by commands of its own. */
  readonly isReadOnly: boolean;
}

export const NAMESPACES: readonly AgentNamespace[] = [
  {
    name: META,
    description: 'What there is: namespaces and types of resources.',
    isKept: false,
    isReadOnly: true,
  },
  {
    name: 'runtime',
    description: 'What is so now; made anew by each agent.',
    isKept: false,
    isReadOnly: true,
  },
  {
    name: 'config',
    description: 'What is wished for.',
    isKept: true,
    isReadOnly: false,
  },
  {
    name: 'containers',
    description: 'Containers: what is wished for, and what became of it.',
    isKept: true,
    isReadOnly: true,
  },
];

import { AgentError } from '../../protocol/agent-error.ts';
import type { SecretProvider } from './secret-provider.ts';

/** Secrets that stand in variables of the environment: those that are listed, by their names here. */
export function secretVariables(
  variables: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): SecretProvider {
  return {
    place: 'the variables of "secrets.env"',
    read: (name) => {
      const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (variable === undefined) return Promise.resolve(undefined);
      const value = environment[variable];
      if (value !== undefined && value !== '') return Promise.resolve(value);
      const why = value === undefined ? 'the agent has no variable' : 'nothing is in the variable';
      const message = `Cannot use the secret "${name}": ${why} "${variable}", which "secrets.env" names`;
      return Promise.reject(new AgentError('no-secret', message));
    },
  };
}

/** Lets built-ins show the configuration in effect. */
import { AgentError } from '../protocol/agent-error.ts';
import type { MakePart } from './agent-part.ts';
import { settingsInEffect } from './settings-in-effect.ts';

export const offerSettings: MakePart = (world) => ({
  register: () => {
    world.offer({
      settings: {
        list: () => {
          const settings = settingsInEffect(world.config());
          if (settings !== undefined) return settings;
          throw new AgentError('not-able', 'Cannot tell the configuration: a program made it, not a file');
        },
      },
    });
  },
});

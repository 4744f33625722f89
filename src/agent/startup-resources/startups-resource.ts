import { defineResource } from '../../state/define-resource.ts';
import { StartupEntrySection } from '../config-startup.ts';

/** What is to start with the agent, one entry each: the same as `[startup.ID]` of the configuration. */
export const Startups = defineResource({
  type: 'Startups.config.corex',
  namespace: 'config',
  columns: [
    { name: 'Command', path: 'spec.name' },
    { name: 'After', path: 'spec.after' },
    { name: 'Cron', path: 'spec.cron' },
    { name: 'Protected', path: 'spec.protected' },
  ],
  schema: StartupEntrySection,
});

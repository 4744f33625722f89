/** Lets programs on other machines, or in other languages, at the agent's resources. */
import type { CosiServer } from '../cosi/cosi-server.ts';
import type { MakePart } from './agent-part.ts';

/** Serves what clients may see of the state, where the configuration says. */
export const serveCosi: MakePart = ({ config, resources, clock, logger }) => {
  let server: CosiServer | undefined;
  return {
    begin: async () => {
      const { listen, tls } = config().cosi;
      if (listen.length === 0) return;
      const { CosiServer } = await import('../cosi/cosi-server.ts');
      const log = logger.child({ part: 'cosi' });
      const listeners = listen.map((url) => ({ url, tls }));
      server = await CosiServer.open({ state: resources.clients, listeners, clock, logger: log });
      log.info({ endpoints: server.endpoints }, 'The state is served over gRPC');
    },
    reload: async () => {
      await server?.reloadCertificates();
    },
    // After the jobs and before the state, so that clients see how the jobs ended.
    close: async () => {
      await server?.close();
    },
  };
};

/** The parts every agent has, in the order in which they begin. To add one: a file with a {@link MakePart}, and a line here. */
import type { MakePart } from './agent-part.ts';
import { offerResources } from './client-resources/offer-resources.ts';
import { containers } from './containers/containers.ts';
import { extensions } from './extensions.ts';
import { filesystem } from './filesystem.ts';
import { giveMemoryBack } from './give-memory-back.ts';
import { giveSecrets } from './give-secrets.ts';
import { images } from './images.ts';
import { mirror } from './mirror/mirror.ts';
import { offerLog } from './offer-log.ts';
import { offerMachine } from './offer-machine.ts';
import { offerPrivileges } from './offer-privileges.ts';
import { offerSettings } from './offer-settings.ts';
import { openTelemetry } from './open-telemetry.ts';
import { publishMetrics } from './publish-metrics.ts';
import { publishResources } from './resources/publish-resources.ts';
import { runControllers } from './resources/run-controllers.ts';
import { serveCosi } from './serve-cosi.ts';
import { startup } from './startup.ts';
import { statistics } from './statistics.ts';

const measurements: MakePart = ({ metrics, engine, store, logger, server }) => {
  const stack = new DisposableStack();
  return {
    register: () => {
      stack.use(publishMetrics(metrics, { engine, store, server: () => server()?.stats(), logger }));
    },
    close: () => {
      stack.dispose();
    },
  };
};

const memory: MakePart = ({ engine, clock }) => {
  const stack = new DisposableStack();
  return {
    begin: () => {
      stack.use(giveMemoryBack(engine, clock));
    },
    close: () => {
      stack.dispose();
    },
  };
};

export const parts: readonly MakePart[] = [
  extensions,
  filesystem,
  measurements,
  publishResources,
  statistics,
  openTelemetry,
  memory,
  offerLog,
  offerMachine,
  offerResources,
  offerSettings,
  giveSecrets,
  offerPrivileges,
  images,
  containers,
  mirror,
  startup,
  serveCosi,
  // Whoever registers controllers stands above.
  runControllers,
];

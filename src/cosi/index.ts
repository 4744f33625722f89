/** The door for those who serve a state over gRPC, or use one that is elsewhere. */
export { CosiBackend, type CosiBackendOptions } from './cosi-backend.ts';
export type { CosiClientOptions } from './cosi-connection.ts';
export type { CosiListenOptions, CosiTls } from './cosi-listener.ts';
export { CosiServer, type CosiServerOptions } from './cosi-server.ts';
export { isOpaqueSpec, type OpaqueSpec, opaqueSpec } from './opaque-spec.ts';
export type { CosiClientTls } from './tls-credentials.ts';

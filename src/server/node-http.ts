/**
 * Node's HTTP servers. An `import` of `node:http` asks for each of its exports, and the one named `WebSocket` makes Node
 * load all that its own `fetch` is made of: 3 MB and a tenth of the time an agent takes to start, for nothing.
 */
import process from 'node:process';

export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
export const { createServer: createTlsServer } = process.getBuiltinModule('node:https');

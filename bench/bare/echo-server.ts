// The least a JSON server on `ws` can do: read each command as JSON and send it back as a result.
// `node echo-server.ts SOCKET`
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (ws) => {
  ws.on('message', (data: Buffer) => {
    const command = JSON.parse(data.toString()) as object;
    ws.send(JSON.stringify({ type: 'result', state: 'SUCCESS', ...command }));
  });
});
http.listen(process.argv[2]);

// The least a relay on `ws` can do: start the program a message names and send on what it writes, at the pace of the
// reader: as it comes in binary frames, or line by line as messages. Nothing is kept.
// `node relay-server.ts SOCKET`
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

interface RelayCommand {
  readonly arguments: { readonly name: string; readonly args: readonly string[] };
  /** Bytes only. */
  readonly raw?: boolean;
}

const MOST_WAITING_BYTES = 1024 * 1024;
const HEADER = Buffer.alloc(13);

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (ws) => {
  ws.on('message', (data: Buffer) => relay(ws, JSON.parse(data.toString()) as RelayCommand));
});
http.listen(process.argv[2]);

function relay(ws: WebSocket, { arguments: { name, args }, raw = false }: RelayCommand): void {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  let position = 0;
  const resume = (): void => {
    if (ws.bufferedAmount < MOST_WAITING_BYTES) child.stdout.resume();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (raw) ws.send(Buffer.concat([HEADER, chunk]), { binary: true }, resume);
    else ws.send(JSON.stringify({ type: 'messages', messages: linesOf(chunk) }), resume);
    if (ws.bufferedAmount >= MOST_WAITING_BYTES) child.stdout.pause();
  });
  child.on('close', (code) => ws.send(JSON.stringify({ type: 'result', state: 'SUCCESS', code })));

  function linesOf(chunk: Buffer): object[] {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    const epoch = Date.now();
    return lines.map((text) => {
      position += text.length + 1;
      return { seq: position - 1, level: 1, text, epoch };
    });
  }
}

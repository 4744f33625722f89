// A collector of OpenTelemetry, as far as a test needs one: takes OTLP over HTTP and decodes it.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ProtobufMessage } from './protobuf.ts';

export type AttributeValue = string | number | boolean | AttributeValue[] | undefined;

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** 1 internal, 2 server. */
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Record<string, AttributeValue>;
  readonly events: readonly string[];
  /** 2 is an error. */
  readonly status: number;
  readonly message: string | undefined;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: 'gauge' | 'sum' | 'histogram';
  readonly points: readonly { readonly attributes: Record<string, AttributeValue>; readonly value: number }[];
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly resource: Record<string, AttributeValue>;
}

export class OtlpReceiver implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly spans: ReceivedSpan[] = [];
  readonly metrics: ReceivedMetric[] = [];
  /** What it answers. */
  status = 200;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (this.status === 200) this.#take(request.url ?? '', request.headers, Buffer.concat(chunks));
      response.writeHead(this.status, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The spans of a name, in order of their beginning. */
  spansOf(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name).sort((a, b) => Number(a.start - b.start));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(path: string, headers: IncomingHttpHeaders, body: Buffer): void {
    for (const group of new ProtobufMessage(body).messages(1)) {
      const resource = attributes(group.messages(1)[0]?.messages(1) ?? []);
      this.requests.push({ path, headers, resource });
      for (const scope of group.messages(2)) {
        if (path === '/v1/traces') this.spans.push(...scope.messages(2).map(spanOf));
        else this.metrics.push(...scope.messages(2).map(metricOf));
      }
    }
  }
}

function spanOf(message: ProtobufMessage): ReceivedSpan {
  const [status] = message.messages(15);
  return {
    traceId: message.hex(1) ?? '',
    spanId: message.hex(2) ?? '',
    parentSpanId: message.hex(4) ?? '',
    name: message.text(5) ?? '',
    kind: message.number(6) ?? 0,
    start: message.fixed64(7) ?? 0n,
    end: message.fixed64(8) ?? 0n,
    attributes: attributes(message.messages(9)),
    events: message.messages(11).map((event) => event.text(2) ?? ''),
    status: status?.number(3) ?? 0,
    message: status?.text(2),
  };
}

function metricOf(message: ProtobufMessage): ReceivedMetric {
  const [name = '', unit = ''] = [message.text(1), message.text(3)];
  const [gauge] = message.messages(5);
  const [sum] = message.messages(7);
  const [histogram] = message.messages(9);
  if (histogram !== undefined) {
    const points = histogram.messages(1).map((point) => {
      const counts = point.packed(6).map((bytes) => Number(bytes.readBigUInt64LE()));
      return { attributes: attributes(point.messages(9)), value: counts.reduce((all, count) => all + count, 0) };
    });
    return { name, unit, type: 'histogram', points };
  }
  const points = (gauge ?? sum)?.messages(1).map((point) => ({
    attributes: attributes(point.messages(7)),
    value: point.double(4) ?? Number(point.fixed64(6) ?? 0n),
  }));
  return { name, unit, type: gauge === undefined ? 'sum' : 'gauge', points: points ?? [] };
}

function attributes(pairs: readonly ProtobufMessage[]): Record<string, AttributeValue> {
  return Object.fromEntries(pairs.map((pair) => [pair.text(1) ?? '', valueOf(pair.messages(2)[0])]));
}

function valueOf(value: ProtobufMessage | undefined): AttributeValue {
  if (value === undefined) return undefined;
  if (value.has(1)) return value.text(1);
  if (value.has(2)) return value.number(2) === 1;
  if (value.has(3)) return value.number(3);
  if (value.has(4)) return value.double(4);
  return value.messages(5).flatMap((list) => list.messages(1).map((entry) => valueOf(entry)));
}

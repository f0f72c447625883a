// node flight.mjs JSON
//   A Flight client of @grpc/grpc-js and apache-arrow, neither of which is ours. JSON: {"address":"host:port","token":…,"ca":…} and one of
//   {"list":true}, {"read":COMMAND}, {"put":COMMAND,"rows":n}. Prints JSON lines: what was listed; the schema's types, then each row's cells; the results.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { tableFromIPC, tableToIPC, Type, vectorFromArray, Table, Float64, Utf8, Dictionary, Int32, Int64, List, Field } from 'apache-arrow';

const asked = JSON.parse(process.argv[2]);
const protocol = join(dirname(fileURLToPath(import.meta.url)), '../../src/Features.Flight/Protocol/flight.proto');
const { FlightService } = grpc.loadPackageDefinition(loadSync(protocol, { keepCase: true, longs: String, defaults: true })).arrow.flight.protocol;
const credentials = asked.ca ? grpc.credentials.createSsl(readFileSync(asked.ca)) : grpc.credentials.createInsecure();
const client = new FlightService(asked.address, credentials, { 'grpc.max_receive_message_length': -1 });
const headers = () => {
  const metadata = new grpc.Metadata();
  if (asked.token) metadata.set('authorization', `Bearer ${asked.token}`);
  return metadata;
};
const unary = (method, message) => new Promise((resolve, reject) => client[method](message, headers(), (fault, answer) => (fault ? reject(fault) : resolve(answer))));
const command = json => ({ type: 'CMD', cmd: Buffer.from(JSON.stringify(json)) });
const print = value => process.stdout.write(`${JSON.stringify(value)}\n`);
const continuation = length => {
  const prefix = Buffer.alloc(8, 0xff);
  prefix.writeInt32LE(length, 4);
  return prefix;
};

// A cell as text: fixed widths bit for bit, so that nothing is rounded on the way.
function cell(data, row) {
  const { type } = data;
  if (type.typeId === Type.Null || !data.getValid(row)) return 'null';
  const slice = () => Buffer.from(data.values.subarray(Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])));
  const items = (child, from, to) => `[${Array.from({ length: to - from }, (_, i) => cell(child, from + i)).join(',')}]`;
  switch (type.typeId) {
    case Type.Bool: return (data.values[row >> 3] >> (row & 7)) & 1 ? 'true' : 'false';
    case Type.Utf8: case Type.LargeUtf8: return `"${slice().toString('utf8')}"`;
    case Type.Binary: case Type.LargeBinary: return slice().toString('hex').toUpperCase();
    case Type.List: case Type.Map: return items(data.children[0], data.valueOffsets[row], data.valueOffsets[row + 1]);
    case Type.FixedSizeList: return items(data.children[0], row * type.listSize, (row + 1) * type.listSize);
    case Type.Struct: return `{${data.children.map(child => cell(child, row)).join(',')}}`;
    default: {
      const width = data.values.BYTES_PER_ELEMENT * data.stride;
      return Buffer.from(data.values.buffer, data.values.byteOffset + row * width, width).toString('hex').toUpperCase();
    }
  }
}

async function list() {
  for await (const info of client.ListFlights({}, headers())) {
    print({ name: info.flight_descriptor.path[0], rows: Number(info.total_records), ordered: info.ordered });
  }
}

async function read(request) {
  let poll = { flight_descriptor: command(request) };
  while (poll.flight_descriptor) poll = await unary('PollFlightInfo', poll.flight_descriptor);
  const info = await unary('GetFlightInfo', command(request));
  const parts = [];
  const positions = [];
  for await (const message of client.DoGet(info.endpoint[0].ticket, headers())) {
    parts.push(continuation(message.data_header.length), message.data_header, message.data_body);
    if (message.app_metadata.length > 0) positions.push(JSON.parse(message.app_metadata.toString()));
  }
  const table = tableFromIPC(Buffer.concat([...parts, continuation(0)]));
  const declared = tableFromIPC(info.schema).schema;
  const extensions = Object.fromEntries(table.schema.fields.filter(field => field.metadata.size > 0).map(field => [field.name, Object.fromEntries(field.metadata)]));
  print({ extensions, types: table.schema.fields.map(field => `${field.name}:${field.type}`), declared: declared.fields.map(field => `${field.name}:${field.type}`), metadata: Object.fromEntries(table.schema.metadata), total: Number(info.total_records), positions });
  for (const batch of table.batches) {
    for (let row = 0; row < batch.numRows; row++) print(batch.data.children.map(child => cell(child, row)).join('|'));
  }
}

async function put(request, rows) {
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const table = new Table({
    id: vectorFromArray(numbers.map(BigInt), new Int64()),
    value: vectorFromArray(numbers.map(row => (row % 3 === 0 ? null : row / 4)), new Float64()),
    name: vectorFromArray(numbers.map(row => (row % 5 === 0 ? null : `grüße ${row % 7}`)), new Dictionary(new Utf8(), new Int32())),
    tags: vectorFromArray(numbers.map(row => Array.from({ length: row % 3 }, (_, i) => `t${i}`)), new List(new Field('item', new Utf8(), true))),
  });
  const bytes = Buffer.from(tableToIPC(table, 'stream'));
  const call = client.DoPut(headers());
  const results = (async () => {
    for await (const result of call) print(JSON.parse(result.app_metadata.toString()));
  })();
  for (let at = 0, first = true; bytes.readInt32LE(at + 4) > 0; first = false) {
    const length = bytes.readInt32LE(at + 4);
    const header = bytes.subarray(at + 8, at + 8 + length);
    const body = bodyBytes(header);
    const data = bytes.subarray(at + 8 + length, at + 8 + length + body);
    call.write({ ...(first ? { flight_descriptor: command(request) } : {}), data_header: header, data_body: data });
    at += 8 + length + body;
  }
  call.end();
  await results;
}

// Message.bodyLength of the header's flatbuffer.
function bodyBytes(header) {
  const table = header.readInt32LE(0);
  const vtable = table - header.readInt32LE(table);
  const slot = header.readUInt16LE(vtable) > 10 ? header.readUInt16LE(vtable + 10) : 0;
  return slot === 0 ? 0 : Number(header.readBigInt64LE(table + slot));
}

try {
  if (asked.list) await list();
  else if (asked.read) await read(asked.read);
  else await put(asked.put, asked.rows);
} catch (fault) {
  process.stderr.write(`${fault.code ?? ''} ${fault.details ?? fault.stack}\n`);
  process.exitCode = 1;
}
client.close();

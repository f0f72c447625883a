// node icebird.mjs METADATA.json ROWS.json     the table read by icebird from its metadata file, against the rows that we read: a JSON array of texts, in any order
// The texts are those of Rows.Text in tests/Features.Iceberg.Conformance. Prints a row that only one side has a line, then the counts; exits 1 on a difference.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { icebergMetadata, icebergRead } from 'icebird';

// icebird asks for every file by fetch, which knows no local ones.
globalThis.fetch = async (location, { headers } = {}) => {
  const bytes = readFileSync(location.startsWith('file:') ? fileURLToPath(location) : location);
  const range = /^bytes=(\d+)-(\d*)$/.exec(new Headers(headers).get('Range') ?? '');
  return range
    ? new Response(bytes.subarray(Number(range[1]), range[2] === '' ? undefined : Number(range[2]) + 1), { status: 206 })
    : new Response(bytes);
};

const [location, expected] = process.argv.slice(2);
const tableUrl = dirname(dirname(location));
const metadata = await icebergMetadata({ tableUrl, metadataFileName: basename(location) });
// Snapshot ids exceed what JSON.parse keeps; icebird compares the rounded ones with each other.
const schema = metadata.schemas.find(s => s['schema-id'] === metadata['current-schema-id']);
const theirs = (await icebergRead({ tableUrl, metadata })).map(row => text(row, schema));
const ours = JSON.parse(readFileSync(expected, 'utf8'));

const faults = [...missing(ours, theirs, 'only ours'), ...missing(theirs, ours, 'only icebird\'s')];
faults.forEach(fault => console.log(fault));
console.log(`rows ${theirs.length}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function missing(from, within, whose) {
  const counts = new Map();
  within.forEach(row => counts.set(row, (counts.get(row) ?? 0) + 1));
  return from.filter(row => {
    const left = counts.get(row) ?? 0;
    counts.set(row, left - 1);
    return left <= 0;
  }).map(row => `${whose}: ${JSON.stringify(row)}`);
}

function text(value, type) {
  if (value === null || value === undefined) {
    return '∅';
  }
  switch (type.type ?? type) {
    case 'struct':
      return `(${type.fields.map(f => text(value[f.name], f.type)).join(',')})`;
    case 'list':
      return `[${value.map(v => text(v, type.element)).join(',')}]`;
    case 'map':
      return `{${Object.entries(value).map(([k, v]) => `${text(k, type.key)}:${text(v, type.value)}`).join(',')}}`;
    case 'boolean':
      return value ? 'True' : 'False';
    case 'double':
      return Number.isNaN(value) ? 'NaN' : bits(view => view.setFloat64(0, value), 8);
    case 'float':
      return Number.isNaN(value) ? 'NaN' : bits(view => view.setFloat32(0, value), 4);
    case 'string':
      return `'${value}'`;
    case 'date':
      return String(value.getTime() / 86_400_000);
    case 'timestamp':
    case 'timestamptz':
      return String(BigInt(value.getTime()) * 1000n);
    case 'uuid':
      return hex(value).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'binary':
      return hex(value).toUpperCase();
    default:
      return /^decimal/.test(type) ? unscaled(value, type)
        : /^fixed/.test(type) ? hex(value).toUpperCase()
          : String(value);
  }
}

// hyparquet gives decimals as floating-point numbers.
function unscaled(value, type) {
  const [, scale] = /,\s*(\d+)/.exec(type);
  return value.toFixed(Number(scale)).replace('.', '').replace(/^(-?)0+(?=\d)/, '$1').replace(/^-0$/, '0');
}

function bits(set, length) {
  const view = new DataView(new ArrayBuffer(length));
  set(view);
  return hex(new Uint8Array(view.buffer));
}

function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}

// feistel-v1 from its specification alone (schemas/ordering/README.md).
// node vectors.mjs PATH           recomputes PATH and exits 1 on the first difference
// node vectors.mjs PATH --write   writes PATH
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const u64 = (x) => BigInt.asUintN(64, x);
const GOLDEN = 0x9E3779B97F4A7C15n, M = 0xD6E8FEB86659FD93n;

const mix = (z) => {
  z = u64((z ^ (z >> 30n)) * 0xBF58476D1CE4E5B9n);
  z = u64((z ^ (z >> 27n)) * 0x94D049BB133111EBn);
  return z ^ (z >> 31n);
};

const round = (value, key) => {
  let z = u64((value + key) * M);
  z ^= z >> 32n;
  return u64(z * M) >> 32n;
};

function permutation(count, seed, epoch) {
  const bits = count <= 256n ? 8n : BigInt((count - 1n).toString(2).length);
  const a = bits / 2n, b = bits - a;
  const keys = [];
  let state = mix(mix(u64(seed + GOLDEN)) ^ u64(epoch));
  for (let i = 0; i < 8; i++) {
    state = u64(state + GOLDEN);
    keys.push(mix(state));
  }
  return (position) => {
    let x = position;
    do {
      let left = x >> b, right = BigInt.asUintN(Number(b), x);
      for (let i = 0; i < 8; i += 2) {
        left ^= BigInt.asUintN(Number(a), round(right, keys[i]));
        right ^= BigInt.asUintN(Number(b), round(left, keys[i + 1]));
      }
      x = (left << b) | right;
    } while (x >= count);
    return x;
  };
}

function digest(order) {
  const parts = ['content', 'rows', 'filter', 'policy', 'algorithm', 'mode', 'seed'];
  const lines = parts.map((name) => {
    const value = order[name] === null ? null : String(order[name]);
    return `${name}:${value === null ? '-' : Buffer.byteLength(value)}:${value ?? ''}\n`;
  });
  return 'sha256:' + createHash('sha256').update('features-order-v1\n' + lines.join('')).digest('hex');
}

const whole = [[1, 0, 0], [2, 1, 0], [3, 7, 0], [5, 42, 1], [16, 42, 0], [17, 42, 0], [100, 9007199254740991, 3], [300, 1, 1]];
const sampled = [['4097', 42, 0], ['1000003', 42, 1], ['3000000', 0, 0], ['4294967297', 7, 2], ['4611686018427387904', 123456789, 1000000]];

const vectors = {
  algorithm: 'feistel-v1',
  whole: whole.map(([count, seed, epoch]) => {
    const perm = permutation(BigInt(count), BigInt(seed), BigInt(epoch));
    return { count, seed, epoch, values: Array.from({ length: count }, (_, i) => Number(perm(BigInt(i)))) };
  }),
  // Past 2^53 a JSON number is not exact everywhere: positions and values are strings here.
  sampled: sampled.map(([count, seed, epoch]) => {
    const n = BigInt(count), perm = permutation(n, BigInt(seed), BigInt(epoch));
    const positions = [0n, 1n, 2n, n / 3n, n / 2n, n - 2n, n - 1n];
    return { count, seed, epoch, positions: positions.map(String), values: positions.map((p) => String(perm(p))) };
  }),
  orders: [
    { content: 'sha256:00', rows: 3000000, filter: null, policy: null, algorithm: 'feistel-v1', mode: 'global', seed: 42 },
    { content: 'sha256:00', rows: 3000000, filter: null, policy: null, algorithm: null, mode: 'none', seed: 42 },
    { content: 'sha256:ff', rows: 0, filter: 'name = "Zürich"', policy: 'sha256:01', algorithm: 'feistel-v1', mode: 'global', seed: 0 },
  ].map((order) => ({ ...order, digest: digest(order) })),
};

const [path, write] = process.argv.slice(2);
const text = JSON.stringify(vectors, null, 1).replace(/\[\s+([^[{]*?)\s+\]/g, (_, inner) => `[${inner.replace(/\s+/g, ' ')}]`) + '\n';
if (write === '--write') {
  writeFileSync(path, text);
} else if (JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))) !== JSON.stringify(vectors)) {
  console.error(`${path} differs from what the specification gives`);
  process.exit(1);
}

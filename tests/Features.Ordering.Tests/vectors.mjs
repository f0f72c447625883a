// feistel-v1 and grouped-v1 from their specification alone (schemas/ordering/README.md).
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

const derive = (key, number) => mix(mix(u64(key + GOLDEN)) ^ u64(number));

function permutation(count, seed, epoch) {
  const bits = count <= 256n ? 8n : BigInt((count - 1n).toString(2).length);
  const a = bits / 2n, b = bits - a;
  const keys = [];
  let state = derive(seed, epoch);
  for (let i = 0; i < 8; i++) {
    state = u64(state + GOLDEN);
    keys.push(mix(state));
  }
  const at = (position) => {
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
  at.positionOf = (value) => {
    let x = value;
    do {
      let left = x >> b, right = BigInt.asUintN(Number(b), x);
      for (let i = 6; i >= 0; i -= 2) {
        right ^= BigInt.asUintN(Number(b), round(left, keys[i + 1]));
        left ^= BigInt.asUintN(Number(a), round(right, keys[i]));
      }
      x = (left << b) | right;
    } while (x >= count);
    return x;
  };
  return at;
}

function grouped(rows, { block, group_blocks, lanes }, seed, epoch) {
  const [B, k, C] = [block, group_blocks, lanes].map(BigInt);
  return (position) => {
    const c = position % C, i = position / C, extra = rows % C;
    const length = rows / C + (c < extra ? 1n : 0n), start = c * (rows / C) + (c < extra ? c : extra);
    const key = derive(seed, c), m = (length + B - 1n) / B, d = m * B - length;
    const run = permutation(m, derive(key, 0n), epoch);
    const z = run.positionOf(m - 1n), h = z / k;
    const g = (i < (h + 1n) * k * B - d ? i : i + d) / (k * B);
    const first = g * k * B - (g > h ? d : 0n);
    const members = (m - g * k < k ? m - g * k : k) * B - (g === h ? d : 0n);
    let u = permutation(members, derive(key, g + 1n), epoch)(i - first);
    if (g === h && u >= (z - h * k + 1n) * B - d) {
      u += d;
    }
    return start + run(g * k + u / B) * B + u % B;
  };
}

const line = (name, value) => `${name}:${value === null ? '-' : Buffer.byteLength(value)}:${value ?? ''}\n`;

function digest(order) {
  const parts = ['content', 'rows', 'filter', 'policy', 'algorithm', 'mode', 'seed'];
  const lines = parts.map((name) => line(name, order[name] === null ? null : String(order[name])));
  if (order.grouping) {
    lines.push(line('grouping', Object.entries(order.grouping).map(([name, n]) => `${name}=${n}`).join(',')));
  }
  return 'sha256:' + createHash('sha256').update('features-order-v1\n' + lines.join('')).digest('hex');
}

const whole = [[1, 0, 0], [2, 1, 0], [3, 7, 0], [5, 42, 1], [16, 42, 0], [17, 42, 0], [100, 9007199254740991, 3], [300, 1, 1]];
const sampled = [['4097', 42, 0], ['1000003', 42, 1], ['3000000', 0, 0], ['4294967297', 7, 2], ['4611686018427387904', 123456789, 1000000]];

const grouping = (block, group_blocks, lanes) => ({ block, group_blocks, lanes });
const groupedWhole = [
  [1, grouping(1, 1, 1), 0, 0], [7, grouping(1, 1, 1), 1, 0], [10, grouping(3, 2, 1), 42, 0], [10, grouping(3, 2, 1), 42, 1], [23, grouping(4, 2, 3), 42, 0],
  [5, grouping(2, 2, 8), 7, 0], [100, grouping(1000, 1000, 2), 7, 3], [100, grouping(7, 3, 4), 9007199254740991, 5],
];
const groupedSampled = [
  ['1000003', grouping(512, 16, 8), 42, 1], ['3000000', grouping(4096, 4, 64), 0, 0], ['4294967297', grouping(100000, 1000, 7), 7, 2],
  ['4611686018427387904', grouping(2147483647, 2147483647, 1), 1, 0], ['4611686018427387904', grouping(1, 2147483647, 3), 123456789, 1000000],
];

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
  grouped: {
    algorithm: 'grouped-v1',
    whole: groupedWhole.map(([rows, shape, seed, epoch]) => {
      const sample = grouped(BigInt(rows), shape, BigInt(seed), BigInt(epoch));
      return { rows, grouping: shape, seed, epoch, samples: Array.from({ length: rows }, (_, i) => Number(sample(BigInt(i)))) };
    }),
    sampled: groupedSampled.map(([rows, shape, seed, epoch]) => {
      const n = BigInt(rows), sample = grouped(n, shape, BigInt(seed), BigInt(epoch));
      const positions = [0n, 1n, 2n, n / 3n, n / 2n, n - 2n, n - 1n];
      return { rows, grouping: shape, seed, epoch, positions: positions.map(String), samples: positions.map((p) => String(sample(p))) };
    }),
  },
  orders: [
    { content: 'sha256:00', rows: 3000000, filter: null, policy: null, algorithm: 'feistel-v1', mode: 'global', seed: 42 },
    { content: 'sha256:00', rows: 3000000, filter: null, policy: null, algorithm: null, mode: 'none', seed: 42 },
    { content: 'sha256:ff', rows: 0, filter: 'name = "Zürich"', policy: 'sha256:01', algorithm: 'feistel-v1', mode: 'global', seed: 0 },
    { content: 'sha256:00', rows: 3000000, filter: null, policy: null, algorithm: 'grouped-v1', mode: 'grouped', seed: 42, grouping: grouping(4096, 16, 8) },
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

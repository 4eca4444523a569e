/** The time of the first value of every series; the others follow every half minute. */
export const FIRST_SLOT = Date.parse('2026-01-01T10:00:00Z');
const SLOT_MS = 30_000;

/** A series of the past. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One for each slot; undefined where nothing was seen. */
  readonly values: readonly (number | undefined)[];
}

/** Writes history into Prometheus by its remote write protocol 1.0, which is there in every version and needs no other tool. */
export async function writeHistory(url: string, series: readonly Series[]): Promise<void> {
  const message = Buffer.concat(
    series.map(({ labels, values }) => field(1, Buffer.concat([...labelFields(labels), ...values.map(sampleField)]))),
  );
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(snappy(message)),
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
  });
  if (!response.ok) throw new Error(`history was refused: ${response.status} ${await response.text()}`);
}

const labelFields = (labels: Series['labels']): Buffer[] =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));

// The mark that a series ends here: a NaN of its own, without which the sample before would be found instead.
const STALE = Buffer.from('020000000000f07f', 'hex');

function sampleField(value: number | undefined, slot: number): Buffer {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value ?? 0);
  return field(
    2,
    Buffer.concat([
      Buffer.from([0x09]),
      value === undefined ? STALE : double,
      Buffer.from([0x10]),
      varint(FIRST_SLOT + slot * SLOT_MS),
    ]),
  );
}

const field = (number: number, bytes: Buffer): Buffer => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

/** Snappy's block format, with nothing compressed: the length, then literals of up to 64 KiB. */
function snappy(message: Buffer): Buffer {
  const blocks = [varint(message.length)];
  for (let start = 0; start < message.length; start += 65_536) {
    const literal = message.subarray(start, start + 65_536);
    blocks.push(Buffer.from([0xf4, (literal.length - 1) % 256, Math.floor((literal.length - 1) / 256)]), literal);
  }
  return Buffer.concat(blocks);
}

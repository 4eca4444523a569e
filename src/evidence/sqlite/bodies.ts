import type { StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import type { Level } from '../../api/records.ts';

import type { Looks } from './database.ts';

/** The fastest level; with a dictionary the higher ones gain nothing (measured), and without one little. */
const ZSTD_LEVEL = 1;
/** How many records a dictionary serves: what it costs itself is then half a byte an observation. */
const DICTIONARY_RECORDS = 256;
/** A part that is so much larger than the dictionary makes a new one: criteria were added, or a batch was sealed early. */
const OUTGROWN = 1.5;

/** The text of a part as it is stored; `dictionary` is the record whose part serves as dictionary. */
export interface Body {
  readonly dictionary: number | null;
  readonly body: Uint8Array;
}

/** Where a part lies. */
export interface PartPlace {
  readonly k: number;
  readonly seq: number;
  readonly level: Level;
}

interface Dictionary {
  readonly seq: number;
  readonly length: number;
}

/** A text by itself. */
export const compress = (text: string): Body => ({ dictionary: null, body: zstd(Buffer.from(text)) });

/** Compresses the parts of batches, each with the latest dictionary of its service and level. */
export class BatchCompressor {
  readonly #latest: StatementSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  // Which one serves, not its bytes: those of hundreds of services would be a third of all memory, and are read in microseconds.
  readonly #known = new Map<string, Dictionary>();

  constructor(db: Looks) {
    this.#latest = db.prepare('SELECT seq, body FROM dictionary WHERE k = ? AND level = ? ORDER BY seq DESC LIMIT 1');
    this.#select = db.prepare(SELECT_DICTIONARY);
    this.#insert = db.prepare('INSERT INTO dictionary (k, level, seq, body) VALUES (?, ?, ?, ?)');
  }

  /** Part of a transaction: it may store a new dictionary. */
  compress(place: PartPlace, text: string): Body {
    const bytes = Buffer.from(text);
    const key = `${place.k}/${place.level}`;
    const known = this.#known.get(key) ?? this.#load(place);
    if (known !== undefined && fits(known, place, bytes)) {
      this.#known.set(key, known);
      return { dictionary: known.seq, body: zstd(bytes, dictionaryBytes(this.#select, { ...place, seq: known.seq })) };
    }
    this.#insert.run(place.k, place.level, place.seq, zstd(bytes));
    this.#known.set(key, { seq: place.seq, length: bytes.length });
    return { dictionary: place.seq, body: zstd(bytes, bytes) };
  }

  /** After a transaction that failed: what it stored is not there. */
  forget(): void {
    this.#known.clear();
  }

  #load({ k, level }: PartPlace): Dictionary | undefined {
    const row = this.#latest.get(k, level) as { seq: number; body: Uint8Array } | undefined;
    return row && { seq: row.seq, length: zstdDecompressSync(row.body).length };
  }
}

const fits = ({ seq, length }: Dictionary, place: PartPlace, bytes: Uint8Array): boolean =>
  place.seq - seq < DICTIONARY_RECORDS && bytes.length <= OUTGROWN * length;

const SELECT_DICTIONARY = 'SELECT body FROM dictionary WHERE k = ? AND level = ? AND seq = ?';

function dictionaryBytes(select: StatementSync, { k, level, seq }: PartPlace): Uint8Array {
  const row = select.get(k, level, seq) as { body: Uint8Array } | undefined;
  if (row === undefined) throw new Error(`dictionary ${seq} is missing`);
  return zstdDecompressSync(row.body);
}

/** Reads bodies back; keeps the latest dictionary of each level, as records are read in order. */
export class BodyReader {
  readonly #select: StatementSync;
  readonly #latest = new Map<Level, { readonly key: string; readonly bytes: Uint8Array }>();

  constructor(db: Looks) {
    this.#select = db.prepare(SELECT_DICTIONARY);
  }

  /** @throws Error when the bytes are not what was stored, as far as zstd can tell */
  text({ k, level }: PartPlace, { dictionary, body }: Body): string {
    const options = dictionary === null ? {} : { dictionary: this.#dictionary({ k, level, seq: dictionary }) };
    return zstdDecompressSync(body, options).toString();
  }

  #dictionary({ k, level, seq }: PartPlace): Uint8Array {
    const key = `${k}/${seq}`;
    const known = this.#latest.get(level);
    if (known?.key === key) return known.bytes;
    const bytes = dictionaryBytes(this.#select, { k, level, seq });
    this.#latest.set(level, { key, bytes });
    return bytes;
  }
}

function zstd(bytes: Uint8Array, dictionary?: Uint8Array): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
  return zstdCompressSync(bytes, dictionary === undefined ? { params } : { params, dictionary });
}

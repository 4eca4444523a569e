import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import type { TObject } from 'typebox';

import { LEVELS, type NewObservation, type NewRecord, ObservedDetail, RECORD_KINDS, type RecordKind } from '../api/records.ts';
import { AssayError } from '../platform/errors.ts';

import { canonical, sha256 } from './canonical.ts';
import { newCheck } from './check.ts';
import { observation, sourceChange, START, verdictChange } from './examples.ts';
import {
  draft,
  draftBatch,
  MAX_BATCH,
  type ObservationDraft,
  openRecord,
  place,
  randomSalt,
  type RecordDraft,
  type StoredRecord,
} from './record.ts';

interface Golden {
  readonly given: NewRecord | { readonly batch: readonly NewObservation[] };
  readonly place: { readonly seq: number; readonly recordedAt: number };
  readonly salts: readonly string[];
  readonly want: { readonly head: object; readonly digest: string; readonly texts: Readonly<Record<string, string>> };
}

const folder = new URL('./fixtures/', import.meta.url);
const golden = (kind: string): Golden => JSON.parse(readFileSync(new URL(`${kind}.json`, folder), 'utf8')) as Golden;
const drafting = { check: newCheck(), newSalt: randomSalt };
const kinds = Object.keys(RECORD_KINDS) as RecordKind[];

function build({ given, place: { seq, recordedAt }, salts }: Golden): StoredRecord {
  const left = salts.map((salt) => Buffer.from(salt, 'hex'));
  const fixed = { ...drafting, newSalt: () => left.shift()! };
  const made =
    'batch' in given
      ? draftBatch(given.batch.map((each) => draft(each, fixed)) as [ObservationDraft], fixed.newSalt)
      : (draft(given, fixed) as RecordDraft);
  return place(made, seq, recordedAt);
}

const stored = (entry: NewRecord): StoredRecord => place(draft(entry, drafting) as RecordDraft, 3, START);

describe('the format of records, which is never changed once it is released', () => {
  test('each kind has its golden file', () => {
    expect(readdirSync(folder).sort()).toEqual(kinds.map((kind) => `${kind}.json`).sort());
  });

  test.each(kinds)('%s is built as its golden file says', (kind) => {
    const { head, digest, parts } = build(golden(kind));
    expect({ head, digest, texts: Object.fromEntries(parts.map(({ level, text }) => [level, text])) }).toEqual(golden(kind).want);
  });

  test.each(kinds)('%s is read back with all its fields', (kind) => {
    const { given } = golden(kind);
    const body =
      'batch' in given
        ? { observations: given.batch.map((o) => o.outcome), details: given.batch.map((o) => o.detail) }
        : given.body;
    expect(openRecord(build(golden(kind)), 'internal').body).toEqual(body);
  });

  test('no field of a kind belongs to two levels', () => {
    for (const levels of Object.values(RECORD_KINDS)) {
      const names = Object.values<TObject>(levels).flatMap((schema) => Object.keys(schema.properties));
      expect(names).toEqual([...new Set(names)]);
    }
  });

  test('a full batch fits its schema', () => {
    expect(RECORD_KINDS.Observations.customers.properties.observations).toHaveProperty('maxItems', MAX_BATCH);
  });
});

test('a reader reads the parts up to its level, and needs no others', () => {
  const { head, digest, parts } = stored(verdictChange('web', START));
  const forCustomers = { head, digest, parts: parts.filter(({ level }) => level === 'customers') };
  expect(Object.keys(openRecord(forCustomers, 'customers').body).sort()).toEqual(['at', 'criterion', 'from', 'to']);
  expect(openRecord({ head, digest, parts }, 'authority').body).toEqual(verdictChange('web', START).body);
});

test('each part has a salt of its own, so that equal verdicts have different hashes', () => {
  const records = [1, 2].map(() => stored(verdictChange('web', START)));
  const hashes = records.flatMap(({ head }) => LEVELS.map((level) => head.parts[level])).filter((hash) => hash !== undefined);
  expect(new Set(hashes).size).toBe(4);
  expect(randomSalt()).toHaveLength(16);
});

const record = stored(verdictChange('web', START));
const [customers, authority] = record.parts as [StoredRecord['parts'][0], StoredRecord['parts'][0]];

test.each(
  Object.entries({
    'another verdict': { ...record, parts: [{ ...customers, text: customers.text.replace('Fail', 'Pass') }, authority] },
    'another salt': { ...record, parts: [{ ...customers, salt: randomSalt() }, authority] },
    'a re-dated head': { ...record, head: { ...record.head, recordedAt: START - 60_000 } },
    'a missing part': { ...record, parts: [customers] },
    'a hash that is changed along with its part': {
      ...{ ...record, parts: [{ ...customers, text: '{}' }, authority] },
      head: { ...record.head, parts: { ...record.head.parts, customers: sha256(customers.salt, '{}') } },
    },
  }),
)('%s is noticed', (_what, damaged) => {
  expect(() => openRecord(damaged, 'internal')).toThrow(/^record 3 of shop\/web is damaged/);
  expect(() => openRecord(damaged, 'internal')).toThrow(AssayError);
});

const broken = (change: object, body: object = {}): NewRecord => {
  const good = verdictChange('web', START);
  return { ...good, ...change, body: { ...good.body, ...body } } as NewRecord;
};

test.each(
  Object.entries({
    'a verdict that is none': [broken({}, { to: 'Great' }), /the part for customers of VerdictChanged .*\/to/],
    'a missing field': [broken({}, { reason: undefined }), /the part for authority .*'reason'/],
    'a field that no level reads': [broken({}, { secret: 'x' }), /no level of audience reads secret/],
    'a digest that is none': [broken({ specDigest: 'abc' }), /head of VerdictChanged .*specDigest/],
    'a slot between milliseconds': [broken({ slot: 1.5 }), /head .*slot/],
    'text without canonical form': [broken({}, { message: '\ud800' }), /surrogate/i],
    'a service without canonical form': [broken({ service: '\ud800' }), /surrogate/i],
    'an observation with an unknown outcome': [
      { ...observation('web', START), outcome: { criterion: 'a', slot: START, outcome: 'Perhaps' } } as unknown as NewObservation,
      /outcome of an observation/,
    ],
    'an observation with a value that is no string': [
      { ...observation('web', START), detail: { ...observation('web', START).detail, message: 7 } } as unknown as NewObservation,
      /detail of an observation/,
    ],
  } satisfies Record<string, [NewRecord | NewObservation, RegExp]>),
)('%s is refused', (_what, [entry, message]) => expect(() => draft(entry, drafting)).toThrow(message));

test('a batch is the canonical form of its observations in their order, whatever their texts', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text, fc.integer({ min: 1_000_000 })), { minLength: 1, maxLength: 5 }), (some) => {
      const given = some.map(([criterion, message, slot]) => {
        const made = observation('web', slot, criterion);
        return { ...made, detail: { ...made.detail, message } };
      });
      const batch = draftBatch(given.map((each) => draft(each, drafting)) as [ObservationDraft], randomSalt);
      const bodies = [{ observations: given.map(({ outcome }) => outcome) }, { details: given.map(({ detail }) => detail) }];
      expect(batch.parts.map((part) => part.text)).toEqual(bodies.map(canonical));
      expect([batch.slot, batch.fromSlot, batch.toSlot]).toEqual([
        given[0]!.outcome.slot,
        ...span(given.map((each) => each.outcome.slot)),
      ]);
    }),
  );
});

const span = (values: number[]): number[] => [Math.min(...values), Math.max(...values)];

test('checking does not change what is checked', () => {
  const { detail } = observation('web', START);
  const before = canonical(detail);
  drafting.check(ObservedDetail, detail, 'a detail');
  expect(canonical(detail)).toBe(before);
  expect((draft(sourceChange('web', START, []), drafting) as RecordDraft).criterion).toBeUndefined();
});

import { Ajv } from 'ajv';
import fc from 'fast-check';

import { LEVELS, type Level } from '../api/records.ts';
import { BEGUN, digestOf, readPdf, recordsOf, type Told } from './incident-document.fixtures.ts';
import { IncidentAccount, incidentDocument, type IncidentFiles } from './index.ts';

const SLOW_MS = 60_000;
const issuedAt = BEGUN + 3_600_000;
const RESOLUTION = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };
const RESOLVED = { change: 'Resolved', state: 'Resolved', resolution: RESOLUTION, by: 'bo' } as const;

const accountIn = ({ json }: IncidentFiles): IncidentAccount => JSON.parse(Buffer.from(json.bytes).toString()) as IncidentAccount;
const ajv = new Ajv({ strict: false, formats: { 'date-time': true } });
const isAccount = ajv.compile(IncidentAccount);

// Who may read what was put into a field: each canary stands in that field of a record alone.
const CANARIES: Readonly<Record<string, readonly Level[]>> = {
  ...{ 'canary-words': LEVELS, 'canary-cause': LEVELS, 'canary-measures': LEVELS, 'canary-prevention': LEVELS },
  ...{ 'canary-title': ['authority', 'internal'], 'canary-opener': ['authority', 'internal'] },
  ...{ 'canary-category': ['authority', 'internal'], 'canary-criterion': ['authority', 'internal'] },
  ...{ 'canary-deviation': ['authority', 'internal'], 'canary-rule': ['authority', 'internal'] },
  ...{ 'canary-workload': ['authority', 'internal'], 'canary-speaker': ['authority', 'internal'] },
  ...{ 'canary-note': ['authority', 'internal'], 'canary-reason': ['authority', 'internal'] },
  ...{ 'canary-reader': ['authority', 'internal'], 'canary-resolver': ['authority', 'internal'] },
  ...{ 'canary-internal': ['internal'], 'canary-insider': ['internal'] },
};
const guarded = recordsOf(
  {
    ...{ change: 'Opened', state: 'Suspected', by: 'canary-opener', category: 'canary-category', title: 'canary-title' },
    origin: { criterion: 'canary-criterion', deviation: 'canary-deviation', rule: 'canary-rule', workload: 'canary-workload' },
  },
  { change: 'Dismissed', state: 'Dismissed', reason: 'canary-reason', title: 'canary-title' },
  { change: 'Reopened', title: 'canary-title' },
  {
    change: 'Updated',
    update: 1,
    audience: 'internal',
    by: 'canary-insider',
    internalNote: 'canary-internal',
    title: 'canary-title',
  },
  { change: 'Updated', update: 2, audience: 'authority', by: 'canary-speaker', note: 'canary-note', title: 'canary-title' },
  { change: 'Updated', update: 3, audience: 'customers', by: 'canary-speaker', words: 'canary-words', title: 'canary-title' },
  { change: 'Changed', severity: 'critical', title: 'canary-title' },
  {
    ...{ change: 'Resolved', state: 'Resolved', by: 'canary-resolver', title: 'canary-title' },
    resolution: { cause: 'canary-cause', measures: 'canary-measures', prevention: 'canary-prevention' },
  },
  { change: 'Acknowledged', state: 'Resolved', audience: 'authority', by: 'canary-reader', title: 'canary-title' },
);

test.each(LEVELS)('%s read what is theirs, in both formats, and nothing else', async (level) => {
  const files = await incidentDocument(guarded, { level, issuedAt });
  const { text } = await readPdf(files.pdf.bytes);
  const theirs = Object.keys(CANARIES).filter((canary) => CANARIES[canary]?.includes(level));
  const seenIn = (said: string): string[] => Object.keys(CANARIES).filter((canary) => said.includes(canary));
  expect(seenIn(text)).toEqual(theirs);
  expect(seenIn(Buffer.from(files.json.bytes).toString())).toEqual(theirs);
  // Nor where nobody looks: the properties of the file are no page.
  expect(seenIn(Buffer.from(files.pdf.bytes).toString('latin1'))).toEqual([]);
  expect(isAccount(accountIn(files))).toBe(true);
});

test('customers are not told by numbers what else there is', async () => {
  const { timeline, records } = accountIn(await incidentDocument(guarded, { level: 'customers', issuedAt }));
  expect(timeline.map(({ change, seq }) => [change, seq])).toEqual([
    ['Dismissed', 1],
    ['Reopened', 2],
    ['Updated', 5],
    ['Resolved', 7],
  ]);
  expect(records).toEqual([1, 2, 5, 7].map((seq) => ({ seq, digest: digestOf(seq) })));
});

test('the authority can see that no record is missing, also of what it does not read', async () => {
  const { timeline, records } = accountIn(await incidentDocument(guarded, { level: 'authority', issuedAt }));
  expect(timeline.map(({ seq }) => seq)).toEqual([0, 1, 2, 4, 5, 6, 7, 8]);
  expect(records.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('says what it was, when, how long, and how it ended', async () => {
  const records = recordsOf({ change: 'Opened', by: 'ada' }, { change: 'Updated', words: 'We work on it.' }, RESOLVED);
  const files = await incidentDocument(records, { level: 'customers', issuedAt });
  expect(accountIn(files)).toEqual({
    ...{ document: 'assay.dev/incident', version: 1, level: 'customers', issuedAt: '2026-11-28T11:00:00Z' },
    ...{ namespace: 'shop', service: 'web', incident: 'stuck', severity: 'high', state: 'Resolved' },
    ...{ openedAt: '2026-11-28T10:00:00Z', endedAt: '2026-11-28T10:02:00Z', lastedSeconds: 120, resolution: RESOLUTION },
    timeline: [
      { at: '2026-11-28T10:01:00Z', change: 'Updated', text: 'We work on it.', seq: 1, digest: digestOf(1) },
      { at: '2026-11-28T10:02:00Z', change: 'Resolved', resolution: RESOLUTION, seq: 2, digest: digestOf(2) },
    ],
    records: [1, 2].map((seq) => ({ seq, digest: digestOf(seq) })),
  });
  expect((await readPdf(files.pdf.bytes)).text.replaceAll('\n', ' ')).toContain(
    'Resolution of the incident stuck Service web (namespace shop) Severity high State Resolved Opened 2026-11-28T10:00:00Z ' +
      'Ended 2026-11-28T10:02:00Z Lasted 2m Cause A full disk. What was done Files were removed. ' +
      'What keeps it from happening again The disk is watched. Timeline 2026-11-28T10:01:00Z update We work on it. ' +
      '2026-11-28T10:02:00Z resolved Records',
  );
  expect([files.json, files.pdf].map(({ name, mediaType }) => [name, mediaType])).toEqual([
    ['incident-shop-stuck.json', 'application/json'],
    ['incident-shop-stuck.pdf', 'application/pdf'],
  ]);
});

const endings: Record<string, { records: Told[]; says: string[]; never?: string[] }> = {
  'one that goes on has no resolution': {
    records: [{ change: 'Opened' }],
    says: ['Incident stuck', 'It is not resolved.'],
    never: ['Resolution of', 'Ended'],
  },
  'one that was none says why': {
    records: [{ change: 'Opened' }, { change: 'Dismissed', state: 'Dismissed', reason: 'It was a drill.' }],
    says: ['It turned out to be no incident. It was a drill.', 'Ended'],
  },
  'a resolution that did not hold is part of the story': {
    records: [
      { change: 'Opened' },
      { ...RESOLVED, resolution: { ...RESOLUTION, cause: 'Nobody knew.' } },
      { change: 'Reopened' },
      RESOLVED,
    ],
    says: ['Cause A full disk.', 'it goes on', 'Cause: Nobody knew.', 'Lasted 3m'],
    never: ['Cause: A full disk.'],
  },
  'one that was opened again is not resolved': {
    records: [{ change: 'Opened' }, RESOLVED, { change: 'Reopened' }],
    says: ['It is not resolved.', 'Cause: A full disk.'],
    never: ['Ended'],
  },
  'one whose object is gone still has its document': {
    records: [{ change: 'Opened', category: 'Malware' }, RESOLVED, { change: 'Deleted', state: 'Resolved' }],
    says: ['Cause A full disk.', 'its object was deleted', 'Category Malware', 'Lasted 1m'],
  },
};

test.each(Object.entries(endings))('%s', async (_sentence, { records, says, never = [] }) => {
  const { pdf } = await incidentDocument(recordsOf(...records), { level: 'authority', issuedAt });
  const text = (await readPdf(pdf.bytes)).text.replaceAll('\n', ' ');
  for (const said of says) expect(text).toContain(said);
  for (const unsaid of never) expect(text).not.toContain(unsaid);
});

test('the same records give the same bytes, and another time of issue does not', async () => {
  const [one, same, later] = await Promise.all(
    [issuedAt, issuedAt, issuedAt + 1000].map((at) => incidentDocument(guarded, { level: 'internal', issuedAt: at })),
  );
  expect(Buffer.compare(one!.pdf.bytes, same!.pdf.bytes)).toBe(0);
  expect(Buffer.compare(one!.json.bytes, same!.json.bytes)).toBe(0);
  expect(Buffer.compare(one!.pdf.bytes, later!.pdf.bytes)).not.toBe(0);
});

test(
  'texts as long as they may be flow over pages, to their last word',
  async () => {
    const long = (last: string): string => `${'lorem ipsum '.repeat(338)}${last}`;
    const unbroken = `${'x'.repeat(4_090)} ends`;
    const records = recordsOf(
      { change: 'Opened' },
      ...Array.from({ length: 20 }, (_, index) => ({ change: 'Updated' as const, words: long(`last-${index}`) })),
      { change: 'Updated', words: unbroken },
      { ...RESOLVED, resolution: { cause: long('last-cause'), measures: 'm', prevention: 'p' } },
    );
    const { pdf } = await incidentDocument(records, { level: 'customers', issuedAt });
    const { text, pages } = await readPdf(pdf.bytes);
    expect(pages).toBeGreaterThan(15);
    const words = [
      ...Array.from({ length: 20 }, (_, index) => `last-${index}`),
      'last-cause',
      'ends',
      `page ${pages} of ${pages}`,
    ];
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
    expect(text.match(/x/g)).toHaveLength(4_090);
    expect(text.includes(`page ${pages + 1}`)).toBe(false);
  },
  SLOW_MS,
);

test('hostile text is only text', async () => {
  const hostile = [
    ...[
      '(a) \\) Tj ET endstream endobj',
      '<< /S /JavaScript /JS (app.alert(1)) >>',
      'https://evil.example/?q=1',
      '%PDF-1.3 %%EOF',
    ],
    ...['=HYPERLINK("x")', '<script>alert(1)</script>', '@channel <!here>'],
  ].join(' ');
  const records = recordsOf(
    { change: 'Opened', title: hostile, by: hostile },
    { change: 'Updated', title: hostile, words: hostile },
  );
  const { pdf } = await incidentDocument(records, { level: 'internal', issuedAt });
  expect((await readPdf(pdf.bytes)).text.replaceAll('\n', ' ').split(hostile)).toHaveLength(4);
  expect(Buffer.from(pdf.bytes).toString('latin1')).not.toMatch(
    /\/(Annots|URI|JS|JavaScript|OpenAction|AA|Launch|EmbeddedFiles?)\b/,
  );
});

test('what the font lacks stands as a square, and the JSON has every character', async () => {
  const words = 'Zahlung „Straße“ Ωμέγα Привет 支付 한국어 สวัสดี \u202egnp.exe עברית عربي 🇩🇪';
  const files = await incidentDocument(recordsOf({ change: 'Updated', words }), { level: 'customers', issuedAt });
  const text = (await readPdf(files.pdf.bytes)).text.replaceAll('\n', ' ');
  expect(text).toContain('Zahlung „Straße“ Ωμέγα Привет □□ □□□ □□□□□□ □gnp.exe □□□□□ □□□□ □□');
  expect(text).toContain('□ stands for what can not be shown here.');
  expect(accountIn(files).timeline).toMatchObject([{ text: words }]);
});

/** Any 16 bits in a row: half characters too. */
const halves = fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units));

test(
  'no text makes it fail',
  async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 200 }), halves);
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...LEVELS), async (words, level) => {
        const body = { title: words, by: words, category: words };
        const resolution = { cause: words, measures: words, prevention: words };
        const records = recordsOf({ change: 'Updated', words, ...body }, { ...RESOLVED, resolution });
        const files = await incidentDocument(records, { level, issuedAt });
        expect(accountIn(files).resolution?.cause).toBe(words.toWellFormed());
        await expect(readPdf(files.pdf.bytes)).resolves.toMatchObject({ text: expect.stringContaining('Cause') as unknown });
      }),
      { numRuns: 25 },
    );
  },
  SLOW_MS,
);

test('what is on record nowhere has no document', async () => {
  await expect(incidentDocument([], { level: 'internal', issuedAt })).rejects.toThrow(RangeError);
});

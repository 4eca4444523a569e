import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { LogRecord, RecordBody } from '../../api/records.ts';
import { type DigestReader, digestText, type Telling } from './digest.ts';
import {
  bookOf,
  closed,
  criterion,
  MINUTE,
  notified,
  opened,
  recorded,
  SPEC,
  START,
  upSince,
  verdict,
} from '../stories/stories.fixtures.ts';
import type { DigestText } from '../stories/story.ts';

type IncidentBody = RecordBody<'IncidentChanged'>;

const TO = START + 60 * MINUTE;
const END = START + 17 * MINUTE;

interface Case {
  readonly records: readonly LogRecord[];
  /** The records of the period, where the others are from before it. */
  readonly later?: readonly LogRecord[];
  readonly audience?: string;
  /** How the channel tells of what is addressed to its audience. */
  readonly telling?: Telling;
  readonly spec?: Partial<CertificationCriterionSpec>;
}

function digestOf({
  records,
  later = [],
  audience = 'authority',
  telling = 'ByItself',
  spec = {},
}: Case): DigestText | undefined {
  const { stories } = bookOf(...records, ...later);
  const reader: DigestReader = {
    audience,
    describe: () => ({ ...SPEC, ...spec }),
    tellingOf: ({ addressed }) => (addressed[audience] === undefined ? 'Never' : telling),
  };
  return digestText(
    [{ namespace: 'web', service: 'shop', stories, records: later.length > 0 ? later : records }],
    { from: START - MINUTE, to: TO },
    reader,
  );
}

const outage = [
  opened(START, START),
  verdict(START, 'Fail'),
  notified(START, START, 'internal'),
  verdict(END, 'Pass'),
  closed(END, [START, END], 'Recovered'),
];
const withAuthority = [...outage.slice(0, 3), notified(START + MINUTE, START, 'authority'), ...outage.slice(3)];
const withCustomers = [...outage.slice(0, 3), notified(START + MINUTE, START, 'customers'), ...outage.slice(3)];
const comment = (changed: object = {}): LogRecord =>
  recorded('Commented', {
    ...{ comment: 'c', uid: '', at: START + 2 * MINUTE, criterion: 'up', about: 'Cause', text: 'a disk', author: 'ann' },
    ...changed,
  });
const incident = (change: IncidentBody['change'], changed: Partial<IncidentBody> = {}): LogRecord =>
  recorded('IncidentChanged', {
    ...{ incident: 'stuck', change, at: START + 3, state: 'Open', severity: 'low', uid: 'u', title: 'The database' },
    ...changed,
  });
const gap = recorded('Gap', {
  ...{ criterion: 'up', from: START, to: END, slots: 3, reason: 'NoHistory', message: 'the operator was away' },
});
const NAME = 'shop: The shop answers (BSI-C5:2020 OPS-02)';
const LASTED = 'for 17m, from 2026-11-28T12:00:00Z to 2026-11-28T12:17:00Z';
const team = 'Not met or not known, told to the authority here alone:';

describe('a digest', () => {
  test.each(
    Object.entries({
      'of nothing is none': { records: [], want: undefined },
      'says for the authority what was told to the team alone, with length, criterion and controls': {
        records: outage,
        want: [`${team}\n- ${NAME}: not met ${LASTED}: seen at ${START}`],
      },
      'says what nobody was told of': {
        records: [opened(START, START), closed(END, [START, END], 'Recovered')],
        want: [`${team}\n- ${NAME}: not met ${LASTED}; nobody was told`],
      },
      'says what goes on': {
        records: outage.slice(0, 3),
        want: [`${team}\n- ${NAME}: not met since 2026-11-28T12:00:00Z: seen at ${START}`],
      },
      'says of what is over later that it goes on, for so it was': {
        records: [...outage.slice(0, 3), closed(TO + MINUTE, [START, TO + MINUTE], 'Recovered')],
        want: [`${team}\n- ${NAME}: not met since 2026-11-28T12:00:00Z: seen at ${START}`],
      },
      'says nothing of what a step told the authority': { records: withAuthority, want: undefined },
      'says nothing of a dry run': {
        records: [opened(START, START), gap],
        spec: { mode: 'DryRun' },
        want: undefined,
      },
      'but that a criterion became one': {
        records: [criterion(START, 'Changed')],
        spec: { mode: 'DryRun' },
        want: [`Changes of what is judged:\n- ${NAME}: changed`],
      },
      'says what is told here together': {
        records: withAuthority,
        telling: 'InDigest',
        want: [`Told together:\n- ${NAME}: not met ${LASTED}: seen at ${START}`],
      },
      'says for customers what was addressed to them, and nothing of the inside': {
        records: [...withCustomers, gap, comment(), criterion(START, 'Changed')],
        audience: 'customers',
        telling: 'InDigest',
        want: [`Told together:\n- shop: disrupted ${LASTED}`],
      },
      'says of an incident what customers were told of it last': {
        records: [incident('Opened', { state: 'Open' }), incident('Updated', { words: 'We work on it.' })],
        audience: 'customers',
        telling: 'InDigest',
        want: ['Told together:\n- shop, incident: We work on it.'],
      },
      'says nothing again to customers because the team says something to itself': {
        records: [incident('Opened', { state: 'Open' }), incident('Updated', { words: 'We work on it.' })],
        later: [
          incident('Updated', { internalNote: 'a cable', at: START + 4 }),
          incident('Updated', { note: 'a cable, authority', at: START + 5 }),
          incident('ReactionOverdue', { due: START, at: START + 6 }),
        ],
        audience: 'customers',
        telling: 'InDigest',
        want: undefined,
      },
      'but what was written for them while it was a suspicion, once that is confirmed': {
        records: [incident('Opened', { state: 'Suspected' }), incident('Updated', { state: 'Suspected', words: 'We look.' })],
        later: [incident('Confirmed', { at: START + 4 })],
        audience: 'customers',
        telling: 'InDigest',
        want: ['Told together:\n- shop, incident: We look.'],
      },
      'nor to the authority': {
        records: [incident('Opened', { state: 'Open' })],
        later: [incident('Updated', { internalNote: 'a cable', at: START + 4 })],
        telling: 'InDigest',
        want: undefined,
      },
      'says nothing to customers of what was addressed to others': {
        records: [...withAuthority, gap, comment(), criterion(START, 'Suspended')],
        audience: 'customers',
        telling: 'InDigest',
        want: undefined,
      },
      'says nothing more to customers of what was told to them by itself': {
        records: withCustomers,
        audience: 'customers',
        want: undefined,
      },
      'says what was changed, what is lowered first, and what was not judged': {
        records: [criterion(START, 'Created'), criterion(START + 1, 'Suspended'), criterion(START + 2, 'Deleted'), gap],
        want: [
          `Changes of what is judged:\n- ${NAME}: deleted\n- ${NAME}: suspended\n- ${NAME}: created`,
          `Not judged:\n- ${NAME}: ${LASTED} (3 times): the operator was away`,
        ],
      },
      'says nothing of a change that a step told': {
        records: [
          criterion(START, 'Changed'),
          notified(START, undefined, 'authority', { notice: 'CriterionChanged', message: 'changed' }),
        ],
        want: undefined,
      },
      'says what was kept from customers, by whom and why': {
        records: [
          ...withCustomers,
          comment({ about: 'Withhold', audience: 'customers', text: 'a drill' }),
          recorded('Delivery', {
            ...{ id: '', channel: 'chat', audience: 'customers', story: upSince(START), stories: [upSince(START)], state: 1 },
            ...{ phase: 'Withheld', at: END, ended: false, reason: 'a drill', by: 'ann', action: 'Post' },
          }),
        ],
        want: [
          `${team}\n- ${NAME}: not met ${LASTED}: seen at ${START}`,
          `Kept from an audience:\n- ${NAME}: not told to customers (chat) by ann: a drill`,
          'Comments:\n- shop: up: customers not to be told, says ann: a drill',
        ],
      },
      'says what was commented where the deviation was not told': {
        records: [...outage, comment()],
        want: [
          `${team}\n- ${NAME}: not met ${LASTED}: seen at ${START}`,
          'Comments:\n- shop: up: the cause, says a comment by ann: a disk',
        ],
      },
      'says nothing of a comment that was told with its deviation': { records: [...withAuthority, comment()], want: undefined },
      'says that an objective is missed': {
        records: [recorded('ObjectiveChanged', { criterion: 'up', at: START, met: false, achieved: '98.2', target: '99.9' })],
        want: [`Objectives:\n- ${NAME}: The objective is missed: 98.2 %, agreed 99.9 %`],
      },
    } satisfies Record<string, Case & { want: readonly string[] | undefined }>),
  )('%s', (_sentence, { want, ...given }) => {
    expect(digestOf(given)?.paragraphs).toEqual(want);
  });

  test('is bounded, most important first, and says how much more there is', () => {
    const records = Array.from({ length: 500 }, (_, at) => ({
      ...opened(START + at, START + at),
    }));
    const severe = (name: string): Partial<CertificationCriterionSpec> =>
      name === 'c400' ? { severity: 'critical' } : { severity: 'low' };
    const named = records.map(
      (record, at) => ({ ...record, body: { ...record.body, criterion: `c${at}`, id: `${at}` } }) as LogRecord,
    );
    const text = digestText(
      [{ namespace: 'web', service: 'shop', stories: new Map(), records: named }],
      { from: 0, to: TO },
      {
        ...{ audience: 'authority', tellingOf: () => 'Never' },
        describe: (_namespace, name) => ({ ...SPEC, ...severe(name), title: `${name}\n@here ${'x'.repeat(2_000)}` }),
      },
    );
    const [paragraph = ''] = text?.paragraphs ?? [];
    const lines = paragraph.split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[1]).toMatch(/^- shop: c400 @here xxx/);
    expect(lines.at(-1)).toBe('and 490 more');
    expect(paragraph.length).toBeLessThan(4_000);
  });
});

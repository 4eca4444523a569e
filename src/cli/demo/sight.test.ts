import type { CertificationCriterionStatus } from '../../api/criterion.ts';
import type { EvidenceReportStatus } from '../../api/report.ts';
import { type Picture, pictureOf } from './picture.ts';
import { allOf, deviationEnded, dueAfter, eventIs, heldFor, reads, type Sight, verdictIs } from './sight.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 10, 0, seconds)).toISOString().replace('.000Z', 'Z');

const FAIL: CertificationCriterionStatus = {
  verdict: 'Fail',
  since: at(5),
  observation: { at: at(6), outcome: 'NotMet', message: 'up is 0, required == 1' },
  conditions: [{ type: 'Passing', status: 'False', reason: 'NotMet', message: '', lastTransitionTime: at(5) }],
  deviation: { id: '01J', since: at(0), told: [{ audience: 'authority', at: at(15) }] },
};

const deviation = { id: '01J', criterion: 'shop-availability', from: at(0) };

interface Given {
  readonly status?: CertificationCriterionStatus;
  readonly report?: EvidenceReportStatus;
  readonly events?: readonly (readonly [reason: string, message: string])[];
  readonly told?: readonly (readonly [audience: string, title: string])[];
}

/** A picture as kubectl lists it. */
function picture({ status, report, events = [], told = [] }: Given): Picture {
  const header = { apiVersion: 'assay.dev/v1alpha1', metadata: { name: 'shop-availability', namespace: 'shop' } };
  const spec = { service: 'shop' } as never;
  const items = [
    ...(status === undefined ? [] : [{ ...header, kind: 'CertificationCriterion', spec, status }]),
    ...(report === undefined ? [] : [{ ...header, kind: 'EvidenceReport', spec, status: report }]),
    ...events.map(([reason, message]) => ({ kind: 'Event' as const, reason, message })),
  ];
  return pictureOf(
    items,
    told.map(([audience, title]) => ({ audience, title })),
  );
}

const fails = (shown: Picture): Sight => verdictIs('Fail', shown);
const toCustomers = (shown: Picture): Sight => eventIs('EscalationDue', shown, 'customers');

test.each(
  Object.entries<{ look: (shown: Picture) => Sight; given: Given; want: string | readonly string[] }>({
    'a verdict is seen when criterion and report have it': {
      look: fails,
      given: { status: FAIL, report: { verdict: 'Fail', availability: '50.000' } },
      want: ['Criterion: Fail since 10:00:05Z, reason NotMet: up is 0, required == 1', 'Report: Fail, availability 50.000'],
    },
    'a report that lags behind is named': {
      look: fails,
      given: { status: FAIL, report: { verdict: 'Pass' } },
      want: 'the verdict Fail of the report (it is Pass)',
    },
    'a criterion that nobody judged is named, and the report that is not there': {
      look: fails,
      given: { status: {} },
      want: 'the verdict Fail of the criterion (there is none yet); the verdict Fail of the report (there is none yet)',
    },
    'a verdict without its condition is none yet': {
      look: fails,
      given: { status: { ...FAIL, conditions: [] }, report: { verdict: 'Fail' } },
      want: 'the verdict Fail of the criterion (it is Fail)',
    },
    'a verdict that waited for holdFor': {
      look: (shown) => heldFor(5, shown),
      given: { status: FAIL },
      want: ['Deviation: since 10:00:00Z, 5 s before the verdict'],
    },
    'a verdict that came too soon is never what is waited for': {
      look: (shown) => heldFor(6, shown),
      given: { status: FAIL },
      want: 'a verdict that waits 6 s (it came after 5 s)',
    },
    'no deviation, nothing held': { look: (shown) => heldFor(5, shown), given: { status: {} }, want: 'status.deviation' },
    'an Event is known by its reason': {
      look: (shown) => eventIs('CriterionFailed', shown),
      given: { events: [['CriterionFailed', 'up is 0']] },
      want: ['Event CriterionFailed: up is 0'],
    },
    'and where it is told to somebody, by its audience': {
      look: toCustomers,
      given: {
        events: [
          ['EscalationDue', 'to authority (after 15s): up is 0'],
          ['EscalationDue', 'to customers (after 15s): up is 0'],
        ],
      },
      want: ['Event EscalationDue: to customers (after 15s): up is 0'],
    },
    'an Event to somebody else is not it': {
      look: toCustomers,
      given: { events: [['EscalationDue', 'to authority (after 15s): up is 0']] },
      want: 'the Event EscalationDue to customers',
    },
    'a step that fell due in time': {
      look: (shown) => dueAfter(15, shown, 'authority'),
      given: { status: FAIL },
      want: ['authority: due at 10:00:15Z, 15 s after the deviation began at 10:00:00Z'],
    },
    'a step that fell due too soon is never what is waited for': {
      look: (shown) => dueAfter(16, shown, 'authority'),
      given: { status: FAIL },
      want: 'a step of authority that waits 16 s (it fell due after 15 s)',
    },
    'a step that is not due': {
      look: (shown) => dueAfter(15, shown, 'customers'),
      given: { status: FAIL },
      want: 'status.deviation.told of customers',
    },
    'a message in the room of an audience': {
      look: (shown) => reads('customers', 'Over', shown),
      given: {
        told: [
          ['customers', 'Disrupted: shop'],
          ['customers', 'Over after 20s: shop'],
        ],
      },
      want: ['Room customers: Over after 20s: shop'],
    },
    'a message to somebody else, and an earlier one, are not it': {
      look: (shown) => reads('customers', 'Over', shown),
      given: {
        told: [
          ['authority', 'Over after 20s: shop'],
          ['customers', 'Disrupted: shop'],
        ],
      },
      want: 'a message to customers that begins with Over',
    },
    'a deviation that has recovered': {
      look: deviationEnded,
      given: { report: { deviations: [{ ...deviation, to: at(20), reason: 'Recovered' }] } },
      want: ['The report keeps the deviation: 10:00:00Z to 10:00:20Z, Recovered'],
    },
    'a deviation that is open': {
      look: deviationEnded,
      given: { report: { deviations: [deviation] } },
      want: 'the end of the deviation in the report',
    },
    'a deviation that ended because the bar was lowered': {
      look: deviationEnded,
      given: { report: { deviations: [{ ...deviation, to: at(20), reason: 'CriterionChanged' }] } },
      want: 'a deviation that recovered (it ended as CriterionChanged)',
    },
    'of several sights all that is missing is named': {
      look: (shown) => allOf(toCustomers(shown), deviationEnded(shown), heldFor(5, shown)),
      given: { status: FAIL },
      want: 'the Event EscalationDue to customers; the end of the deviation in the report',
    },
  }),
)('%s', (_sentence, { look, given, want }) => {
  const sight = look(picture(given));
  expect(sight.kind === 'Seen' ? sight.sentences : sight.missing).toEqual(want);
});

import fc from 'fast-check';
import { figuresOf } from './second-opinion/availability.ts';
import { inputs } from './second-opinion/inputs.ts';
import { secondOffset, secondOpinion } from './second-opinion/second-opinion.ts';
import { inputOf, tellingOf } from './second-opinion/story.ts';
import type { Story, Telling } from './second-opinion/story.ts';

type Cases = Record<string, Story & { readonly want: Partial<Telling> }>;

function judges(title: string, cases: Cases): void {
  describe(title, () => {
    test.each(Object.entries(cases))('%s', (_sentence, { want, ...story }) => {
      const telling = tellingOf(secondOpinion(inputOf(story)));
      const asked = Object.keys(want).map((key) => [key, telling[key as keyof Telling]]);
      expect(Object.fromEntries(asked)).toEqual(want);
    });
  });
}

const quarter = { steps: ['authority after 900', 'customers after 900 on Fail'], recoverFor: 60 };

judges('worked examples', {
  '1: it fails once it was not met for the hold': {
    ...{ holdFor: 60, log: 'M N N N M' },
    want: { verdicts: 'Pass@0 Fail@90 Pass@120', deviations: '30-120Recovered' },
  },
  '2: one Met under the hold starts it anew': {
    ...{ holdFor: 60, log: 'M N N M N N N' },
    want: { verdicts: 'Pass@0 Fail@180', deviations: '120-' },
  },
  '3: unknown time does not count towards the hold': {
    ...{ holdFor: 60, log: 'M N U U N N' },
    want: { verdicts: 'Pass@0 Fail@150', deviations: '30-', gaps: '' },
  },
  '3: that unknown time is not counted towards a Fail step either': {
    ...{ holdFor: 60, log: 'M N U U N N N', steps: ['customers after 90 on Fail', 'authority after 90'] },
    want: { steps: 'authority@150 customers@180' },
  },
  '4: without patience one Unknown is inconclusive': {
    ...{ unknownFor: 0, log: 'M U M' },
    want: { verdicts: 'Pass@0 Inconclusive@30 Pass@60', gaps: '30' },
  },
  '5: a deviation ends where recovery began': {
    ...{ recoverFor: 60, log: 'M N M M M' },
    want: { verdicts: 'Pass@0 Fail@30 Pass@120', deviations: '30-60Recovered' },
  },
  '5: a further NotMet undoes the recovery': {
    ...{ recoverFor: 60, log: 'M N M N M M M' },
    want: { verdicts: 'Pass@0 Fail@30 Pass@180', deviations: '30-120Recovered' },
  },
  '6: back in time, nobody is told': {
    ...{ ...quarter, log: 'N*30 M M M' },
    want: { verdicts: 'Fail@0 Pass@960', deviations: '0-900Recovered', steps: '', ends: '' },
  },
  '6: not met for a quarter of an hour, both are told': {
    ...{ ...quarter, log: 'N*31' },
    want: { steps: 'authority@900 customers@900' },
  },
  '6: one Met in between is no recovery': {
    ...{ ...quarter, log: 'N*29 M N' },
    want: { steps: 'authority@900 customers@900' },
  },
  '6: blind from 14:00 on, only the authority is told': {
    ...{ ...quarter, log: 'N*28 U*5' },
    want: { verdicts: 'Fail@0 Inconclusive@900', steps: 'authority@900', gaps: '840' },
  },
  '7: unknown time is excluded, its bounds are printed': {
    ...{ log: 'M N U M' },
    want: { times: '60/30/30/0/0', figures: '66.666 50.000 75.000 75.000' },
  },
  '7: unknown time counts as down': {
    ...{ log: 'M N U M', unknownCountsAs: 'Down' },
    want: { figures: '50.000 50.000 75.000 75.000' },
  },
  '8: the first NotMet ever is pending until it has held': {
    ...{ holdFor: 60, log: 'N N N' },
    want: { verdicts: 'Fail@60', deviations: '0-' },
  },
});

judges('verdict', {
  'turning inconclusive forgets a failure that had not held yet': {
    ...{ holdFor: 60, unknownFor: 30, log: 'N U U N N N' },
    want: { verdicts: 'Fail@150', deviations: '90-', gaps: '30' },
  },
  'a deviation stays open while inconclusive': {
    ...{ unknownFor: 30, log: 'N U U N M' },
    want: { verdicts: 'Fail@0 Inconclusive@60 Fail@90 Pass@120', deviations: '0-120Recovered', gaps: '30' },
  },
  'unknown time does not count towards recovery': {
    ...{ recoverFor: 60, log: 'N M U M M' },
    want: { verdicts: 'Fail@0 Pass@120', deviations: '0-30Recovered' },
  },
  'a recovery goes on after it was inconclusive': {
    ...{ recoverFor: 60, unknownFor: 30, log: 'N M U U M M' },
    want: { verdicts: 'Fail@0 Inconclusive@90 Fail@120 Pass@150', deviations: '0-30Recovered', gaps: '60' },
  },
  'each gap that Met ends is one of its own': {
    ...{ unknownFor: 0, log: 'M U M U' },
    want: { gaps: '30 90' },
  },
  'missed slots are unknown ones': {
    ...{ log: 'M x30-90 M' },
    want: { verdicts: 'Pass@0 Inconclusive@90 Pass@120', gaps: '30', times: '30/0/90/0/0' },
  },
  'a second run of unknown slots waits its own time': {
    ...{ log: 'M U U M U U U' },
    want: { verdicts: 'Pass@0 Inconclusive@180', gaps: '120' },
  },
  'what is read back closes no deviation, the next look in time does': {
    ...{ recoverFor: 30, log: 'N m m M' },
    want: { verdicts: 'Fail@0 Pass@90', deviations: '0-30Recovered' },
  },
  'without a deviation what is read back passes': { ...{ log: 'U m' }, want: { verdicts: 'Pass@30' } },
  'where unknown means Fail it holds like NotMet, and stays unknown as availability': {
    ...{ holdFor: 30, whenUnknown: 'Fail', log: 'M U U M' },
    want: { verdicts: 'Pass@0 Fail@60 Pass@90', deviations: '30-90Recovered', gaps: '', times: '60/0/60/0/0' },
  },
});

judges('suspension', {
  'the hold stands still': {
    ...{ holdFor: 60, log: 'N S@10 R@100 N N N' },
    want: { verdicts: 'Suspended@10 Inconclusive@100 Fail@150', deviations: '0-' },
  },
  'the patience with unknown stands still': {
    ...{ log: 'M U S@40 R@110 U U U' },
    want: { verdicts: 'Pass@0 Suspended@40 Pass@110 Inconclusive@180', gaps: '30' },
  },
  'the recovery stands still': {
    ...{ recoverFor: 60, log: 'N M S@40 R@100 M M M' },
    want: { verdicts: 'Fail@0 Suspended@40 Fail@100 Pass@150', deviations: '0-30Recovered' },
  },
  'of the time after an unknown slot only what was not suspended is unknown': {
    ...{ holdFor: 60, log: 'N U S@40 R@80 N N' },
    want: { verdicts: 'Suspended@40 Inconclusive@80 Fail@120' },
  },
  'steps wait, and who waits is told of it': {
    ...{ steps: ['authority after 90'], log: 'N S@10 R@100 N N N' },
    want: { steps: 'authority@180', notices: 'authority@10' },
  },
  'an outcome from before it no longer stands, however short it was': {
    ...{ log: 'M S@10 R@20 M', period: [0, 60] },
    want: { times: '40/0/10/10/0' },
  },
  'time after it is unknown until the next slot': {
    ...{ log: 'M S@10 R@40 M', period: [0, 90] },
    want: { times: '40/0/20/30/0' },
  },
});

judges('change, deletion and return', {
  'the next slot is judged by the new rule': {
    ...{ holdFor: 60, log: 'N C@10 N M', then: { holdFor: 30 } },
    want: { verdicts: 'Fail@30 Pass@60', deviations: '0-60Recovered' },
  },
  'a deviation that ends under another rule did not recover': {
    ...{ log: 'N C@10 M' },
    want: { deviations: '0-30CriterionChanged' },
  },
  'a step of the old rule stays': {
    ...{ steps: ['authority after 60 on Fail'], log: 'N C@10 N N', then: { steps: ['customers after 30'] } },
    want: { steps: 'customers@30 authority@60', notices: 'authority@10 customers@10' },
  },
  'a step of the rule at the first NotMet stays, though it had not held at the change': {
    ...{ holdFor: 60, steps: ['authority after 60'], log: 'N C@10 N N', then: { steps: [] } },
    want: { steps: 'authority@60', notices: 'authority@10' },
  },
  'a step of the rule at the first Unknown stays, though the gap opened after the change': {
    ...{ unknownFor: 30, steps: ['authority after 30'], log: 'M U C@40 U', then: { steps: [] } },
    want: { steps: 'authority@60', notices: 'authority@40' },
  },
  'a step of the rule at a gap stays for the deviation after it': {
    ...{ unknownFor: 30, steps: ['authority after 90'], log: 'M U U C@70 N N', then: { steps: [] } },
    want: { steps: 'authority@120', notices: 'authority@70' },
  },
  'a change while a recovery has to hold is told': {
    ...{ recoverFor: 60, steps: ['authority after 300'], log: 'N M C@40' },
    want: { notices: 'authority@40' },
  },
  'a deviation that ends in a dry run is over for those who were told of it': {
    ...{ steps: ['internal after 0'], log: 'N C@10 M', then: { mode: 'DryRun' } },
    want: { deviations: '0-30CriterionChanged', steps: 'internal@0', ends: 'internal@30' },
  },
  'a step of a rule that was replaced in good times is gone': {
    ...{ steps: ['authority after 0'], log: 'M C@10 N', then: { steps: [] } },
    want: { steps: '', notices: '' },
  },
  'a new step whose time has passed is due at the next slot': {
    ...{ log: 'N N N C@70 N', then: { steps: ['authority after 30'] } },
    want: { steps: 'authority@90', notices: 'authority@70' },
  },
  'the same step on more verdicts is one with both': {
    ...{ steps: ['customers after 60 on Fail'], log: 'N C@10 U U', then: { steps: ['customers after 60'] } },
    want: { steps: 'customers@60' },
  },
  'who was told already needs no notice of the change': {
    ...{ steps: ['internal after 0'], log: 'N C@10' },
    want: { steps: 'internal@0', notices: '' },
  },
  'going over to a dry run is told, and takes no step away': {
    ...{ steps: ['authority after 60'], log: 'N C@10 N N', then: { mode: 'DryRun' } },
    want: { deviations: '0-', steps: 'authority@60', notices: 'authority@10' },
  },
  'a dry run tells nobody anything': {
    ...{ mode: 'DryRun', steps: ['internal after 0', 'authority after 300'], log: 'N S@10 R@20 N M' },
    want: { deviations: '0-60Recovered', steps: '', ends: '', notices: '' },
  },
  'deletion closes at once and tells': {
    ...{ steps: ['internal after 0', 'authority after 300'], log: 'N N D@40' },
    want: {
      verdicts: 'Fail@0',
      deviations: '0-40CriterionDeleted',
      steps: 'internal@0',
      ends: 'internal@40',
      notices: 'authority@40',
    },
  },
  'what returns under its name is the same deviation': {
    ...{ steps: ['internal after 0'], log: 'N D@10 B@100 x30-90 N M' },
    want: {
      ...{ verdicts: 'Fail@0 Inconclusive@90 Fail@120 Pass@150', deviations: '0-150CriterionChanged', gaps: '30' },
      ...{ steps: 'internal@0', ends: 'internal@10 internal@150', notices: 'internal@100' },
    },
  },
  'time without the criterion is unknown to its steps': {
    ...{ steps: ['authority after 120', 'customers after 120 on Fail'], log: 'N D@10 B@100 x30-90 N' },
    want: { steps: 'authority@120', notices: 'authority@10 customers@10 authority@100 customers@100' },
  },
});

judges('escalation', {
  'a gap alone is no matter for a Fail step': {
    ...{ unknownFor: 0, steps: ['customers after 0 on Fail', 'internal after 0'], log: 'M U U' },
    want: { steps: 'internal@30' },
  },
  'a gap and the deviation after it are one': {
    ...{ unknownFor: 30, steps: ['authority after 90', 'customers after 60 on Fail'], log: 'M U U N N N M' },
    want: { deviations: '90-180Recovered', steps: 'authority@120 customers@150', ends: 'authority@180 customers@180' },
  },
  'what was told of a gap gets its end from the next Met, whatever came between': {
    ...{ unknownFor: 30, holdFor: 60, steps: ['internal after 0'], log: 'M U U N M' },
    want: { verdicts: 'Pass@0 Inconclusive@60 Pass@120', steps: 'internal@60', ends: 'internal@120', deviations: '' },
  },
  'between a gap and a deviation that still has to hold nothing is open, so nothing is due': {
    ...{ unknownFor: 30, holdFor: 60, steps: ['authority after 60'], log: 'M U U N N N' },
    want: { steps: 'authority@150' },
  },
  'a read-back NotMet makes steps due': {
    ...{ steps: ['internal after 0', 'authority after 30'], log: 'n n' },
    want: { steps: 'internal@0 authority@30' },
  },
  'a new deviation tells again': {
    ...{ steps: ['internal after 0'], log: 'N M N' },
    want: { steps: 'internal@0 internal@60', ends: 'internal@30', deviations: '0-30Recovered 60-' },
  },
  'flapping under the hold adds up, once in its time': {
    ...{ holdFor: 60, steps: ['authority 60 in 120'], log: 'M N M N M N M N M N' },
    want: { verdicts: 'Pass@0', steps: 'authority@150 authority@270', ends: '' },
  },
  'what added up is due at a NotMet slot only': {
    ...{ holdFor: 300, steps: ['authority 60 in 300'], log: 'N N M U N' },
    want: { steps: 'authority@120' },
  },
  'what added up within a deviation gets its end': {
    ...{ steps: ['authority 60 in 300'], log: 'N N N M' },
    want: { steps: 'authority@60', ends: 'authority@90' },
  },
});

judges('availability', {
  'an outcome stands for one interval': { ...{ log: 'M', period: [0, 90] }, want: { times: '30/0/60/0/0' } },
  'an outcome from before the period stands in it': { ...{ log: 'M N', period: [15, 45] }, want: { times: '15/15/0/0/0' } },
  'nothing is observed before the first and after the last known instant': {
    ...{ log: 'M M', period: [-30, 90], knownUntil: 60 },
    want: { times: '60/0/0/0/60', figures: '100.000 100.000 100.000 100.000' },
  },
  'it is unknown until the first slot': { ...{ created: 10, log: 'M', period: [0, 60] }, want: { times: '30/0/20/0/10' } },
  'it is unknown after deletion': { ...{ log: 'M D@10', period: [0, 60] }, want: { times: '10/0/50/0/0' } },
  'after its return it is unknown until the next slot': {
    ...{ log: 'M D@10 B@20 M', period: [0, 60] },
    want: { times: '40/0/20/0/0' },
  },
  'what was read back counts by its outcome': { ...{ log: 'm n', period: [0, 60] }, want: { times: '30/30/0/0/0' } },
  'the interval at the slot says how long it stands': {
    ...{ log: 'M M C@40 N', then: { interval: 60 }, period: [0, 150] },
    want: { times: '60/60/30/0/0' },
  },
  'a suspension that lasts is suspended until the last known instant': {
    ...{ log: 'M S@30', period: [0, 120], knownUntil: 100 },
    want: { times: '30/0/0/70/20' },
  },
  'without a denominator there is no figure': { ...{ log: 'M', period: [-60, 0] }, want: { figures: '- - - -' } },
});

test.each(
  Object.entries({
    'is cut, not rounded': { met: 999_996, notMet: 4, want: '99.999' },
    'is 100 only if nothing is missing': { met: 1_000_000, notMet: 0, want: '100.000' },
    'keeps its zeros': { met: 1, notMet: 99_999, want: '0.001' },
    'stays exact beyond the integers of a double': { met: 9_007_199_254_740_991, notMet: 1, want: '99.999' },
  }),
)('a figure %s', (_sentence, { met, notMet, want }) => {
  const times = { met, notMet, unknown: 0, suspended: 0, unobserved: 0 };
  expect(figuresOf(times, 'Excluded').availability).toBe(want);
});

test('the offset is the first four bytes of the digest of the service, in whole seconds', () => {
  expect([1, 30, 60, 3600].map((interval) => secondOffset('shop/shop', interval))).toEqual([0, 4, 4, 1204]);
});

test('a slot that was judged is not judged again', () => {
  const input = inputOf({ log: 'M N' });
  const again = { ...input, events: [...input.events, { kind: 'Slot' as const, slot: 30_000, outcome: 'Met' as const }] };
  expect(secondOpinion(again).transitions).toEqual(secondOpinion(input).transitions);
});

test('whatever happens, the times add up, deviations follow each other and only real changes are told', () => {
  fc.assert(
    fc.property(inputs(), (input) => {
      const { times, deviations, transitions } = secondOpinion(input);
      expect(times.met + times.notMet + times.unknown + times.suspended + times.unobserved).toBe(
        input.period.to - input.period.from,
      );
      expect(deviations.filter(({ from, to }, index) => (to ?? from) < from || from < (deviations[index - 1]?.to ?? 0))).toEqual(
        [],
      );
      expect(transitions.filter(({ verdict }, index) => verdict === transitions[index - 1]?.verdict)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('the random inputs reach every kind of event and of finding', () => {
  const met = new Set<string>();
  for (const input of fc.sample(inputs(), { numRuns: 300, seed: 1 })) {
    const opinion = secondOpinion(input);
    for (const { kind } of [...input.events, ...opinion.steps]) met.add(kind);
    for (const { verdict } of opinion.transitions) met.add(verdict);
    for (const { reason } of opinion.deviations) met.add(reason ?? 'Open');
    for (const list of ['gapsOpened', 'ends', 'changeNotices'] as const) if (opinion[list].length > 0) met.add(list);
  }
  const kinds = 'Created Slot Missed Changed Suspended Resumed Deleted Recreated After Accumulated'.split(' ');
  const found = 'Pass Fail Inconclusive Open Recovered CriterionChanged CriterionDeleted gapsOpened ends changeNotices'.split(
    ' ',
  );
  expect([...met].sort()).toEqual([...kinds, ...found].sort());
});

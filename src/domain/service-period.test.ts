import type { CertificationCriterionSpec, OutcomeKind } from '../api/criterion.ts';
import { apply, create, type CriterionEvent } from './criterion.ts';
import { availabilityText, summarise } from './period.ts';
import { rulesOf } from './rules.ts';
import { type PeriodMember, servicePeriod } from './service-period.ts';

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const OUTCOMES: Readonly<Record<string, OutcomeKind>> = { M: 'Met', N: 'NotMet', U: 'Unknown' };

/** A criterion of one letter a minute. */
function member(name: string, looks: string, more: Partial<CertificationCriterionSpec> = {}): PeriodMember {
  const spec: CertificationCriterionSpec = {
    ...{ title: name, service: 'shop', controls: [], interval: '1m', holdFor: '0s', recoverFor: '0s', unknownFor: '0s' },
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
    ...more,
  };
  const events = Array.from(looks, (look, at): CriterionEvent => {
    return { kind: 'Slot', slot: START + at * MINUTE, outcome: OUTCOMES[look] ?? 'Unknown' };
  });
  const created = create(`shop/${name}`, { at: START, rules: rulesOf(spec) });
  const state = events.reduce((before, event) => apply(before, event).state, created);
  const period = { from: START, to: START + looks.length * MINUTE };
  return { name, state, summary: summarise(state, period, period.to) };
}

const window = (from: number, to: number, adjustsFigures = true) => ({
  ...{ change: 'disk', window: { from: START + from * MINUTE, to: START + to * MINUTE }, adjustsFigures },
});

test.each(
  Object.entries({
    'what is not met in one is not met in the service': [[member('a', 'MMNNM'), member('b', 'MMMMM')], [], '60.000', '1 2m'],
    'two that follow each other are one disruption': [[member('a', 'MNMMM'), member('b', 'MMNMM')], [], '60.000', '1 2m'],
    'a pause between them makes two': [[member('a', 'MNMNM')], [], '60.000', '2 1m'],
    'what no objective of availability speaks of does not count': [
      [member('a', 'MMMM'), member('b', 'NNNN', { objective: { target: '99', of: 'Other' } as never })],
      ...[[], '100.000', '0 0m'],
    ],
    'nor does a dry run': [[member('a', 'MMMM'), member('b', 'NNNN', { mode: 'DryRun' })], [], '100.000', '0 0m'],
    'without a criterion there is nothing to say': [[], [], '-', '0 0m'],
    'with little evidence there are only bounds': [[member('a', 'MUUM')], [], '50.000 to 100.000', '0 0m'],
    'a change adjusts the figures beside the plain ones': [
      [member('a', 'MNNMM')],
      [window(1, 3)],
      ...['60.000, adjusted 100.000 for disk', '1 2m'],
    ],
    'a change that does not ask for it adjusts nothing': [[member('a', 'MNNMM')], [window(1, 3, false)], '60.000', '1 2m'],
  } as const),
)('%s', (_sentence, [members, explanations, figures, disruptions]) => {
  const period = servicePeriod(members as readonly PeriodMember[], explanations as never);
  const { plain, adjusted, changes, longestMs } = period;
  const both = adjusted ? `${availabilityText(plain)}, adjusted ${availabilityText(adjusted)} for ${changes.join()}` : '';
  expect(both === '' ? availabilityText(plain) : both).toBe(figures);
  expect(`${period.disruptions} ${longestMs / MINUTE}m`).toBe(disruptions);
});

import type { CertificationCriterion, OutcomeKind } from '../api/criterion.ts';
import { apply, create, type CriterionEvent } from '../domain/criterion.ts';
import { rulesOf } from '../domain/rules.ts';
import { type Appearing, appearanceOf, isSameAppearance } from './appearance.ts';
import { derivedFrom, type KnownCriterion } from './judging/known.ts';
import { NOTHING_SAID, type Said } from './reporting/report-said.ts';

const START = Date.UTC(2026, 0, 1, 12);
const SLOT = 60_000;
const SHOP = { namespace: 'shop', service: 'shop' };

const object: CertificationCriterion = {
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', metadata: { name: 'up', namespace: 'shop' } },
  spec: {
    ...{ title: 'It answers', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
    ...{ interval: '1m', holdFor: '0s', recoverFor: '0s', unknownFor: '0s' },
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  },
};

const slot = (outcome: OutcomeKind, index: number): CriterionEvent => ({ kind: 'Slot', slot: START + index * SLOT, outcome });

/** What the log knows of a criterion after these looks, a minute each. */
function knownAfter(...outcomes: OutcomeKind[]): KnownCriterion {
  const created = create('shop/up', { at: START, rules: rulesOf(object.spec) });
  const state = outcomes.map(slot).reduce((before, event) => apply(before, event).state, created);
  const derived = { ...derivedFrom(SHOP, object.spec), sources: {}, changedAt: 0 };
  return { ...SHOP, ...derived, name: 'up', uid: 'one', spec: object.spec, state };
}

const PLAN = { kind: 'Ready', delayMs: 0 } as const;
const UP = knownAfter('Met');
const DOWN = knownAfter('Met', 'NotMet');

/** How it looks so many minutes after its beginning. */
const appearing = (known: KnownCriterion, minutes: number, said: Said | undefined): Appearing => ({
  ...{ object, known, said, now: START + minutes * SLOT, report: undefined, plan: PLAN, observation: undefined },
});

const window = { from: START + 5 * SLOT, to: START + 9 * SLOT };
const agreed: Said = { ...NOTHING_SAID, explanations: [{ change: 'disk', window, adjustsFigures: false }] };

interface Case {
  readonly before: Appearing;
  readonly after: Appearing;
  readonly same: boolean;
}

const cases: Record<string, Case> = {
  'is the same when only time goes by': {
    before: appearing(DOWN, 2, agreed),
    after: appearing(DOWN, 5, agreed),
    same: true,
  },
  'is another when the window of a change opens in a deviation that goes on': {
    before: appearing(DOWN, 5, agreed),
    after: appearing(DOWN, 6, agreed),
    same: false,
  },
  'is the same when the window opens while everything holds': {
    before: appearing(UP, 5, agreed),
    after: appearing(UP, 6, agreed),
    same: true,
  },
  'is another when something is said': {
    before: appearing(UP, 5, agreed),
    after: appearing(UP, 5, { ...agreed }),
    same: false,
  },
};

test.each(Object.entries(cases))('what is shown %s', (_sentence, { before, after, same }) => {
  expect(isSameAppearance(appearanceOf(before), appearanceOf(after))).toBe(same);
});

import { API_VERSION, type Control } from '../../api/common.ts';
import type { PolicyResult, PolicySeverity } from '../../api/evidence-kinds.ts';
import { CRITERION } from '../../api/kinds.ts';
import { demandText } from '../../domain/demand.ts';
import { verdictOf } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { printable } from '../../domain/outcome.ts';
import { OWN_RESULTS } from '../../sources/policy-reports-results.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { controlsText } from '../words.ts';

/** A result as both APIs of policy reports have it. */
export interface VerdictResult {
  readonly source: string;
  readonly policy: string;
  readonly rule: string;
  readonly category: string;
  readonly severity: PolicySeverity;
  readonly result: PolicyResult;
  readonly scored: boolean;
  readonly message: string;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  readonly resources: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  }[];
  readonly properties: Readonly<Record<string, string>>;
}

/** What is shown of a criterion. `Pending`: nothing was judged yet, or not for long enough. */
type Shown = 'Pass' | 'Fail' | 'Inconclusive' | 'Suspended' | 'Pending';

// As the APIs define the words: error could not be evaluated, skip was not to be, warn is not met and not scored.
const ENFORCED: Record<Shown, PolicyResult> = {
  ...{ Pass: 'pass', Fail: 'fail', Inconclusive: 'error' },
  ...{ Suspended: 'skip', Pending: 'skip' },
};
// A dry run alarms nobody: neither fail nor error.
const DRY_RUN: Record<Shown, PolicyResult> = { ...ENFORCED, Fail: 'warn', Inconclusive: 'skip' };

// With these bounds a report of RESULTS_A_REPORT results fits into what the API server stores.
const MAX_DEMAND = 300;
const MAX_LINE = 250;

/** The verdict of a criterion as a result. The same text and the same id as long as the verdict is the same: numbers stay out of it. */
export function resultOf(known: KnownCriterion): VerdictResult {
  const { namespace, name, uid, spec, state } = known;
  const shown = shownOf(known);
  const result = (state.rules.enforced ? ENFORCED : DRY_RUN)[shown];
  return {
    source: OWN_RESULTS,
    policy: name,
    rule: printable(controlsText(spec.controls), MAX_LINE),
    category: printable(catalogsText(spec.controls), MAX_LINE),
    severity: spec.severity ?? 'medium',
    result,
    scored: state.rules.enforced,
    message: messageOf(known, shown),
    timestamp: timestampOf(state.since),
    resources: [{ apiVersion: API_VERSION, kind: CRITERION.kind, namespace, name, uid }],
    properties: {
      resultID: resultId(known, result),
      service: known.service,
      verdict: verdictOf(state),
      ...(state.rules.enforced ? {} : { mode: 'DryRun' }),
    },
  };
}

function shownOf({ state }: KnownCriterion): Shown {
  const verdict = verdictOf(state);
  return verdict === 'Inconclusive' && !state.decided ? 'Pending' : verdict;
}

/** The standards of the controls, each once: `BSI-C5 2020, BSI-C5 2026`. */
const catalogsText = (controls: readonly Control[]): string =>
  [...new Set(controls.map(({ catalog, version }) => `${catalog} ${version}`))].join(', ');

function messageOf(known: KnownCriterion, shown: Shown): string {
  const { title } = known.spec;
  const dryRun = known.state.rules.enforced ? '' : ' (dry run)';
  return printable(`${title}${dryRun}: ${foundText(known, shown)}`, MAX_MESSAGE);
}

const MAX_MESSAGE = 1000;

function foundText({ spec }: KnownCriterion, shown: Shown): string {
  const demand = printable(demandText(spec.rule), MAX_DEMAND);
  switch (shown) {
    case 'Pass':
      return `holds: ${demand}`;
    case 'Fail':
      return `${spec.whenUnknown === 'Fail' ? 'does not hold, or nobody can tell' : 'does not hold'}: ${demand}`;
    case 'Inconclusive':
      return `not known for want of evidence: ${demand}`;
    case 'Suspended':
      return `nothing is evaluated: ${spec.suspend?.reason ?? 'suspended'}`;
    case 'Pending':
      return 'nothing was judged yet, or not for long enough';
  }
}

const timestampOf = (ms: number): VerdictResult['timestamp'] => ({
  seconds: Math.floor(ms / 1000),
  nanos: (((ms % 1000) + 1000) % 1000) * 1_000_000,
});

/**
 * By this id a reader knows a result again. A failure has the id of its deviation, also after a time without evidence; everything else
 * one of its own, so that what is first warned of in a dry run is news when it fails.
 */
function resultId({ state }: KnownCriterion, result: PolicyResult): string {
  const { deviation } = state.track;
  if (result === 'fail' && deviation) return deviationId(state.id, deviation.from);
  return deviationId(`${state.id} ${result}`, state.since);
}

import type { LogRecord } from '../../../src/api/records.ts';
import type { CriterionEvent, Fact } from '../../../src/domain/criterion.ts';
import type { JudgingRules } from '../../../src/domain/rules.ts';
import { folded } from '../../e2e/evidence.ts';
import type { Event, Rules } from '../../second-opinion/opinion.ts';
import { secondOpinion } from '../../second-opinion/second-opinion.ts';

import { type CriterionLog, momentText } from './logs.ts';

// The second opinion looks everything up anew at each slot.
const MOST_EVENTS_FOR_A_SECOND_OPINION = 2_000;

/** Verdicts, deviations and notices on record that judging the records once more does not give, and the other way round. */
export function verdictComplaints(log: CriterionLog): string[] {
  if (log.events.length === 0) return [`${log.id}: there are records, but nothing that happened`];
  const judged = foldedFacts(log).flatMap(factText);
  const recorded = log.records.flatMap(recordText);
  return [
    ...difference(log, recorded, judged, 'judging the records again'),
    ...difference(log, recorded.filter(isVerdict), secondVerdicts(log) ?? recorded.filter(isVerdict), 'the second opinion'),
  ];
}

const foldedFacts = ({ events, id, name }: CriterionLog): readonly Fact[] =>
  folded(
    events.map((event) => ({ criterion: name, event })),
    id,
  ).facts;

function difference({ id }: CriterionLog, recorded: readonly string[], judged: readonly string[], who: string): string[] {
  const at = [...recorded, ...judged].findIndex((_, index) => recorded[index] !== judged[index]);
  if (at === -1) return [];
  return [`${id}: on record stands ${recorded[at] ?? 'no more'}, where ${who} gives ${judged[at] ?? 'no more'}`];
}

const verdictText = (at: number, to: string): string => `the verdict ${to} at ${momentText(at)}`;
const isVerdict = (text: string): boolean => text.startsWith('the verdict ');

function recordText({ kind, body }: LogRecord): string[] {
  switch (kind) {
    case 'VerdictChanged':
      return [verdictText(body.at, body.to)];
    case 'DeviationOpened':
    case 'DeviationClosed':
      return [`${kind} ${body.id} at ${momentText(body.at)}`];
    case 'Notified':
      return [noticeText(body.notice, body.audience, body.at)];
    case 'ObjectiveChanged':
      return [`the objective ${body.met ? 'met' : 'missed'} at ${momentText(body.at)}`];
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'CriterionChanged':
    case 'SourceChanged':
    case 'BasisChanged':
    case 'Observations':
    case 'ReadBack':
    case 'Gap':
    case 'Delivery':
    case 'IncidentChanged':
    case 'ChangeRecorded':
    case 'ChannelChanged':
    case 'Commented':
    case 'FindingChanged':
      return [];
  }
}

function factText(fact: Fact): string {
  switch (fact.kind) {
    case 'VerdictChanged':
      return verdictText(fact.at, fact.to);
    case 'DeviationOpened':
    case 'DeviationClosed':
      return `${fact.kind} ${fact.id} at ${momentText(fact.at)}`;
    case 'StepDue':
      return noticeText('EscalationDue', fact.step.audience, fact.at);
    case 'EndTold':
      return noticeText('DeviationEnded', fact.audience, fact.at);
    case 'ChangeTold':
      return noticeText('CriterionChanged', fact.audience, fact.at);
    case 'ObjectiveChanged':
      return `the objective ${fact.met ? 'met' : 'missed'} at ${momentText(fact.at)}`;
  }
}

const noticeText = (notice: string, audience: string, at: number): string => `${notice} to ${audience} at ${momentText(at)}`;

/** The verdicts by the implementation that shares no code with the operator; undefined for lives that it was not written for. */
function secondVerdicts({ events }: CriterionLog): string[] | undefined {
  const [first, ...others] = events;
  const strange = others.some(({ kind }) => kind === 'Created' || kind === 'Suspended');
  if (first?.kind !== 'Created' || strange || events.length > MOST_EVENTS_FOR_A_SECOND_OPINION) return undefined;
  const rules = plainRules(first.rules);
  const period = { from: first.at, to: first.at + 1 };
  const lives = othersWords(events, rules);
  return secondOpinion({ rules, events: lives, period, knownUntil: period.to }).transitions.map(({ at, verdict }) =>
    verdictText(at, verdict),
  );
}

/** The events in the words of the second opinion, for which a changed source is a change like any other. */
function othersWords(events: readonly CriterionEvent[], first: Rules): Event[] {
  let rules = first;
  return events.map((event): Event => {
    if ('rules' in event) rules = plainRules(event.rules);
    switch (event.kind) {
      case 'Slot':
        return { kind: 'Slot', slot: event.slot, outcome: event.outcome, ...(event.readBack === true ? { readBack: true } : {}) };
      case 'Missed':
        return event;
      case 'SourceChanged':
        return { kind: 'Changed', at: event.at, rules };
      case 'Created':
      case 'Changed':
      case 'Recreated':
        return { kind: event.kind, at: event.at, rules };
      case 'Suspended':
      case 'Resumed':
      case 'Deleted':
        return { kind: event.kind, at: event.at };
    }
  });
}

/** Steps bear on no verdict, and would take long. */
function plainRules({ intervalMs, holdForMs, recoverForMs, unknownForMs, whenUnknown, enforced }: JudgingRules): Rules {
  const mode = enforced ? 'Enforced' : 'DryRun';
  return { intervalMs, holdForMs, recoverForMs, unknownForMs, whenUnknown, mode, steps: [], unknownCountsAs: 'Excluded' };
}

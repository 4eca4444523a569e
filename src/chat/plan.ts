import { type IncidentEdit, possibleIn } from '../domain/incident-edit.ts';
import { openDeviation } from '../domain/standing.ts';
import type { Write, Written } from '../domain/writing.ts';
import type { Commented, Intent, Language } from './intent.ts';
import type { KnownCriterion, Knowledge } from './knowledge.ts';
import { LINES, type Problem } from './answers/writing.ts';

/** What is to be written of a request, in words too; or why it can't be. */
export type Plan =
  | {
      readonly kind: 'Write';
      readonly writes: readonly Write[];
      readonly lines: readonly string[];
      /** Whether the person has to say yes to it first. */
      readonly asksFirst: boolean;
    }
  | { readonly kind: 'Problem'; readonly problem: Problem }
  | { readonly kind: 'Incomplete'; readonly missing: readonly ('cause' | 'measures' | 'prevention')[] }
  | Extract<Written, { kind: 'Impossible' }>;

export type WriteIntent = Extract<
  Intent,
  {
    kind:
      | 'OpenIncident'
      | 'UpdateIncident'
      | 'ResolveIncident'
      | 'DismissIncident'
      | 'ConfirmIncident'
      | 'ReopenIncident'
      | 'Comment'
      | 'Withhold';
  }
>;

export interface Planning {
  readonly knowledge: Knowledge;
  readonly language: Language;
}

/** What a request writes. Names are those that the asker knows: what is not among them was refused before. */
export function planOf(intent: WriteIntent, planning: Planning): Plan {
  switch (intent.kind) {
    case 'OpenIncident':
      return openPlan(intent, planning);
    case 'UpdateIncident': {
      const { incident, audience, text } = intent;
      return editPlan(incident, { kind: 'Update', audience, text }, planning);
    }
    case 'ResolveIncident':
      return resolvePlan(intent, planning);
    case 'DismissIncident':
      return editPlan(intent.incident, { kind: 'Dismiss', reason: intent.reason }, planning);
    case 'ConfirmIncident':
      return editPlan(intent.incident, { kind: 'Confirm' }, planning);
    case 'ReopenIncident':
      return editPlan(intent.incident, { kind: 'Reopen' }, planning);
    case 'Comment':
      return commentPlan(intent.on, intent.text, planning);
    case 'Withhold':
      return withholdPlan(intent, planning);
  }
}

const problem = (what: Problem): Plan => ({ kind: 'Problem', problem: what });

function openPlan(
  { service, title, severity }: Extract<Intent, { kind: 'OpenIncident' }>,
  { knowledge, language }: Planning,
): Plan {
  const place = knowledge.services.get(service);
  if (!place) return problem('NothingThere');
  const write: Write = { kind: 'OpenIncident', ...place, title, ...(severity !== undefined && { severity }) };
  return { kind: 'Write', writes: [write], lines: [LINES[language].open(service, title, severity)], asksFirst: false };
}

/** Whether somebody outside reads it, or it takes something back. */
function asksFirst(edit: IncidentEdit): boolean {
  if (edit.kind === 'Update') return edit.audience === 'customers';
  return edit.kind === 'Resolve' || edit.kind === 'Dismiss' || edit.kind === 'Reopen';
}

/** An edit of an incident that the asker may know of. */
export function editPlan(name: string, edit: IncidentEdit, { knowledge, language }: Planning): Plan {
  const incident = knowledge.incidents.get(name);
  if (!incident) return problem('NothingThere');
  const { state } = incident.known.latest;
  // Asked once more where it is written; nobody is to say yes to what can't be.
  if (!possibleIn(edit.kind, state)) return { kind: 'Impossible', state };
  const write: Write = { kind: 'EditIncident', namespace: incident.place.namespace, incident: incident.name, edit };
  return { kind: 'Write', writes: [write], lines: [LINES[language].edit(name, edit)], asksFirst: asksFirst(edit) };
}

const PARTS = ['cause', 'measures', 'prevention'] as const;

function resolvePlan(intent: Extract<Intent, { kind: 'ResolveIncident' }>, planning: Planning): Plan {
  const { incident, cause, measures, prevention } = intent;
  if (cause === undefined || measures === undefined || prevention === undefined)
    return { kind: 'Incomplete', missing: PARTS.filter((part) => intent[part] === undefined) };
  return editPlan(incident, { kind: 'Resolve', resolution: { cause, measures, prevention } }, planning);
}

interface Target {
  /** As the asker knows it. */
  readonly name: string;
  readonly criterion: KnownCriterion;
  readonly deviation?: string;
}

function targetOf(on: Commented, { criteria }: Knowledge): Target | undefined {
  if (on.kind === 'Criterion') {
    const criterion = criteria.get(on.criterion);
    return criterion && { name: on.criterion, criterion };
  }
  const found = [...criteria].find(([, { standing }]) => standing.deviations.some(({ id }) => id === on.deviation));
  return found && { name: found[0], criterion: found[1], deviation: on.deviation };
}

function commentWrite({ criterion, deviation }: Target, text: string): Extract<Write, { kind: 'Comment' }> {
  const of = { ...criterion.place, criterion: criterion.standing.name, ...(deviation !== undefined && { deviation }) };
  return { kind: 'Comment', ...of, about: 'Note', text };
}

function commentPlan(on: Commented, text: string, { knowledge, language }: Planning): Plan {
  const target = targetOf(on, knowledge);
  if (!target) return problem('UnknownDeviation');
  const lines = [LINES[language].comment(target.name, text)];
  return { kind: 'Write', writes: [commentWrite(target, text)], lines, asksFirst: false };
}

/** That somebody has seen it is said as a note. */
export function acknowledgePlan(on: Commented, { knowledge, language }: Planning): Plan {
  const target = targetOf(on, knowledge);
  if (!target) return problem('UnknownDeviation');
  const { acknowledge, acknowledged } = LINES[language];
  const writes = [commentWrite(target, acknowledged)];
  return { kind: 'Write', writes, lines: [acknowledge(target.name)], asksFirst: false };
}

function withholdPlan({ on, text, audience }: Extract<Intent, { kind: 'Withhold' }>, { knowledge, language }: Planning): Plan {
  if (audience !== 'customers') return problem('NotWithheld');
  const target = targetOf(on, knowledge);
  if (!target) return problem('UnknownDeviation');
  const { standing } = target.criterion;
  if (target.deviation === undefined && standing.verdict === 'Pass' && !openDeviation(standing)) return problem('NotOpen');
  const write: Write = { ...commentWrite(target, text), about: 'Withhold', audience };
  return { kind: 'Write', writes: [write], lines: [LINES[language].withhold(target.name, text)], asksFirst: true };
}

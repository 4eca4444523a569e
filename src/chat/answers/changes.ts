import { approvalState, type KnownChange, phaseOf, windowOf } from '../../domain/change.ts';
import type { Reply } from '../../notify/notifier.ts';
import type { Language } from '../intent.ts';
import { type Answering, asked, MORE, TIMES } from './answering.ts';
import { listed, replyOf } from './card.ts';

interface Texts {
  readonly none: string;
  readonly title: (count: number) => string;
  readonly span: (from: string, to: string) => string;
  readonly approved: (by: string) => string;
  readonly late: (by: string) => string;
  readonly unapproved: string;
  readonly now: string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    none: 'No change is planned',
    title: (count) => (count === 1 ? 'One change is planned' : `${count} changes are planned`),
    span: (from, to) => `${from} to ${to}`,
    approved: (by) => `approved by ${by}`,
    late: (by) => `approved by ${by}, but too late`,
    unapproved: 'not approved',
    now: 'now',
  },
  de: {
    none: 'Keine Änderung ist geplant',
    title: (count) => (count === 1 ? 'Eine Änderung ist geplant' : `${count} Änderungen sind geplant`),
    span: (from, to) => `${from} bis ${to}`,
    approved: (by) => `genehmigt von ${by}`,
    late: (by) => `genehmigt von ${by}, aber zu spät`,
    unapproved: 'nicht genehmigt',
    now: 'jetzt',
  },
};

interface Listed {
  readonly from: number;
  readonly line: string;
}

/** The changes whose windows are not over, the next first; for customers those that they are told of, in the words for them. */
export async function answerChanges(answering: Answering, service: string | undefined): Promise<Reply> {
  const { facts, knowledge, language, times } = answering;
  const texts = TEXTS[language];
  const lineOf = knowledge.level === 'customers' ? lineOutside : lineInside;
  const all = await Promise.all(
    asked(answering, service).map(async ([name, place]) =>
      [...(await facts.changes(place)).values()].flatMap((change): Listed[] => {
        const line = lineOf(change, name, answering);
        return line === undefined ? [] : [{ from: windowOf(change.latest.spec).from, line }];
      }),
    ),
  );
  const lines = all
    .flat()
    .sort((a, b) => a.from - b.from)
    .map(({ line }) => line);
  if (lines.length === 0) return replyOf({ title: texts.none });
  return replyOf({
    title: texts.title(lines.length),
    paragraphs: [listed(lines, MORE[language])],
    facts: [[TIMES[language], times.zone]],
  });
}

function lineInside(known: KnownChange, service: string, { language, times, now }: Answering): string | undefined {
  const { change, spec } = known.latest;
  const { from, to } = windowOf(spec);
  if (known.isDeleted || to <= now) return undefined;
  const texts = TEXTS[language];
  const { approvedBy = '' } = spec;
  const approval = { InTime: texts.approved(approvedBy), Late: texts.late(approvedBy), Missing: texts.unapproved };
  const isNow = phaseOf(known, now) === 'InWindow' ? ` (${texts.now})` : '';
  const rating = `${spec.category}, ${spec.risk}, ${approval[approvalState(known)]}`;
  return `${service}: ${change}, ${texts.span(times.at(from), times.at(to))}${isNow}: ${spec.description} (${rating})`;
}

function lineOutside({ latest }: KnownChange, service: string, { language, times, now }: Answering): string | undefined {
  const told = latest.toCustomers;
  if (told === undefined || told.isCalledOff || told.tellAt > now || told.to <= now) return undefined;
  return `${service}: ${TEXTS[language].span(times.at(told.from), times.at(told.to))}: ${told.text}`;
}

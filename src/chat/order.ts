import type { Commented, Intent, Unclear, UnclearReason } from './intent.ts';
import { type Head, headOf, type HeadRead, isAddressed, isNamed, type OrderKind } from './head.ts';
import { type Lexicon, lexiconOf, listed, phraseAt, setOf } from './lexicon.ts';
import { type Names, nameAt } from './names.ts';
import { resolutionIn } from './resolution.ts';
import { nearest } from './nearest.ts';
import { helpWith, unknown } from './suggestions.ts';
import { lineBetween, type Token, withInstead, wordsBetween } from './tokens.ts';
import { helpTopic } from './topic.ts';
import { IDLE } from './vocabulary.ts';
import { AGAIN, CONFIRMING, NOUNS, ORDERS, POLITENESS, REAL, SEVERITIES, SEVERITY_NOUN, SMALL } from './words.ts';
import { around, unclear, type World } from './world.ts';

interface Order {
  readonly kind: OrderKind;
  readonly before: readonly Token[];
  readonly after: readonly Token[];
}

const orders = lexiconOf(ORDERS);
const severities = lexiconOf(SEVERITIES);
/** How far behind its verb an order's noun may stand. */
const MOST_BETWEEN = 5;
const openings = listed([POLITENESS, SMALL, ...Object.values(NOUNS)]);

/** What a request wants done; undefined for a question. */
export function readOrder(world: World): Intent | Unclear | undefined {
  const found = orderIn(world);
  if (!found) return undefined;
  const order = { ...found, kind: kindMeant(found, world) };
  if (order.kind === 'Help') return helpTopic(order.after, world);
  if (order.kind === 'Confirm' || order.kind === 'Cancel') return answered(order.kind, order, world);
  return carriedOut(order, headOf(order.kind, order.before, order.after, world), world);
}

/** The first verb, behind no more than politeness and names: `is it resolved?` is a question, `payments-stuck schließen` an order. */
function orderIn(world: World): Order | undefined {
  const { tokens } = world.request;
  for (let at = 0; at < tokens.length;) {
    const order = orderAt(tokens, at);
    if (order) return order;
    const passed = tokens[at]?.kind === 'Sign' ? 1 : openingAt(tokens, at, world);
    if (passed === undefined || tokens[at]?.key === ':') return undefined;
    at += passed;
  }
  return undefined;
}

/** Of `open a critical incident` the severity belongs to what comes behind the verb. */
function orderAt(tokens: readonly Token[], at: number): Order | undefined {
  const between = tokens.slice(at + 1, at + MOST_BETWEEN).filter(({ key }) => severities.phrases.has(key));
  const plain = tokens.filter((token) => !between.includes(token));
  const [verb, spread] = [phraseAt(tokens, at, orders), phraseAt(plain, at, orders)];
  const before = tokens.slice(0, at);
  if (spread?.means === 'OpenIncident' && spread.length > (verb?.length ?? 0))
    return { kind: spread.means, before, after: [...between, ...plain.slice(at + spread.length)] };
  return verb && { kind: verb.means, before, after: tokens.slice(at + verb.length) };
}

const confirming = listed([CONFIRMING]);
const real = listed([REAL, SMALL, POLITENESS]);
const again = listed([AGAIN, SMALL, POLITENESS]);

/** `confirm login-slow` confirms the suspicion, and `öffne Vorfall login-slow wieder` opens no new incident. */
function kindMeant({ kind, before, after }: Order, world: World): OrderKind {
  const { tokens } = world.request;
  if (kind === 'Confirm' && phraseAt(tokens, before.length, confirming) && namesIncident([...before, ...after], world))
    return 'ConfirmIncident';
  const isAgain = kind === 'OpenIncident' && after.some((_token, at) => phraseAt(after, at, onlyAgain)) && !hasSign(after);
  return isAgain && namesIncident(after, world) ? 'ReopenIncident' : kind;
}

const onlyAgain = listed([AGAIN]);
const hasSign = (tokens: readonly Token[]): boolean => tokens.some(({ key }) => key === ':');

/** Only a name that is known is one here: any other word may be what is said. */
function namesIncident(tokens: readonly Token[], { incidents }: World): boolean {
  const first = tokens.findIndex((token, at) => token.kind === 'Word' && phraseAt(tokens, at, openings) === undefined);
  return incidents.known !== undefined && first >= 0 && nameAt(tokens, first, incidents) !== undefined;
}

function openingAt(tokens: readonly Token[], at: number, { services, incidents, criteria }: World): number | undefined {
  const named = [incidents, criteria, services]
    .filter(({ known }: Names) => known !== undefined)
    .map((names) => nameAt(tokens, at, names))
    .find((found) => found !== undefined);
  return (named ?? phraseAt(tokens, at, openings))?.length;
}

/** A yes that says more than yes is no confirmation of anything, and such a no is not known to be one. */
function answered(kind: 'Confirm' | 'Cancel', { before, after }: Order, world: World): Intent | Unclear {
  const rest = [...before, ...after].filter(({ kind }) => kind === 'Word');
  const more = rest.filter(
    (_token, at) => phraseAt(rest, at, openings) === undefined && phraseAt(rest, at, orders)?.means !== kind,
  );
  if (more.length === 0) return { kind };
  const ack = world.language === 'de' ? 'quittiere' : 'ack';
  const place = around(more);
  const isName = [world.incidents, world.criteria].some((names) => names.known !== undefined && nameAt(more, 0, names));
  const named = isName ? [`${ack} ${world.request.text.slice(place.from, place.to)}`] : [];
  return unclear(world.request, 'UnknownWord', [place], [...named, helpWith(world, kind)]);
}

function carriedOut({ kind }: Order, read: HeadRead, world: World): Intent | Unclear {
  if (read.strange) return strangeIn(kind, read, read.strange, world);
  const { head } = read;
  if (!isNamed(head) && kind !== 'Acknowledge') return nameless(kind, world);
  const several = [head.service, head.incident, head.criterion].find((names) => names !== undefined && names.length > 1);
  if (several) return unclear(world.request, 'AmbiguousName', head.named ?? [], instead(head.named, several, world));
  switch (kind) {
    case 'OpenIncident':
      return opened(read, world);
    case 'UpdateIncident':
      return updated(read, world);
    case 'ResolveIncident':
      return resolved(read, world);
    case 'DismissIncident':
      return dismissed(read, world);
    case 'ConfirmIncident':
      return turned({ kind, trailing: real }, read, world);
    case 'ReopenIncident':
      return turned({ kind, trailing: again }, read, world);
    case 'Withhold':
      return withheld(read, world);
    case 'Comment':
      return commented(read, world);
    case 'Acknowledge':
      return acknowledged(read, world);
    case 'Confirm':
    case 'Cancel':
    case 'Help':
      return { kind };
  }
}

const instead = (place: readonly Token[] | undefined, names: readonly string[], { request }: World): string[] =>
  place ? names.map((name) => withInstead(request, around(place), name)) : [];

/** A word where a name is expected is a misspelled one; behind the name it is perhaps the text. */
function strangeIn(kind: OrderKind, { head }: HeadRead, strange: Token, world: World): Unclear {
  const { request } = world;
  if (!isNamed(head))
    return unknown(world, strangers(strange, world), { names: expected(kind, world), isNamed: true, otherwise: 'UnknownWord' });
  const near = unknown(world, [strange], { names: [], isNamed: false, otherwise: 'UnknownWord' });
  const isText = kind !== 'Acknowledge' && near.suggestions.length === 0 && (!isAddressed(kind) || head.audience !== undefined);
  const divided = isText ? [withDivider(strange, world)] : [];
  return unclear(request, 'UnknownWord', [strange], [...near.suggestions, ...divided]);
}

function withDivider({ from }: Token, { request }: World): string {
  const before = request.text.slice(0, from).trimEnd();
  return withInstead(request, { from: before.length, to: from }, ': ');
}

/** The words up to the next sign, which are perhaps one name: `payment apii`. */
function strangers(first: Token, { request }: World): readonly Token[] {
  const tokens = request.tokens.slice(request.tokens.indexOf(first));
  const sign = tokens.findIndex((token, at) => token.kind === 'Sign' || (at > 0 && phraseAt(tokens, at, IDLE) !== undefined));
  const words = tokens.slice(0, sign < 0 ? 1 : sign);
  return words.length > 0 && words.length <= 3 ? words : [first];
}

const REASONS: Readonly<Record<'service' | 'incident' | 'criterion', readonly [unknown: UnclearReason, missing: UnclearReason]>> =
  {
    service: ['UnknownService', 'MissingService'],
    incident: ['UnknownIncident', 'MissingIncident'],
    criterion: ['UnknownCriterion', 'MissingCriterion'],
  };

function sortOf(kind: OrderKind): 'service' | 'incident' | 'criterion' {
  if (kind === 'OpenIncident') return 'service';
  return kind === 'Comment' || kind === 'Withhold' ? 'criterion' : 'incident';
}

function expected(kind: OrderKind, { services, incidents, criteria }: World): { reason: UnclearReason; of: Names }[] {
  const lists = { service: services, incident: incidents, criterion: criteria };
  const sort = sortOf(kind);
  const all = [{ reason: REASONS[sort][0], of: lists[sort] }];
  return kind === 'Acknowledge' ? [...all, { reason: 'UnknownCriterion', of: criteria }] : all;
}

function nameless(kind: OrderKind, world: World): Unclear {
  return unclear(world.request, REASONS[sortOf(kind)][1], [], [helpWith(world, kind)]);
}

const missingText = (kind: OrderKind, world: World): Unclear =>
  unclear(world.request, 'MissingText', [], [helpWith(world, kind)]);

const LONGEST_TITLE = 150;
const LONGEST_REASON = 1_024;

function opened({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const { request } = world;
  const end = severityAtEnd(world, bodyFrom);
  if (end.misspelled) return unclear(request, 'UnknownWord', [end.misspelled], end.instead);
  const title = lineBetween(request, bodyFrom, end.from);
  if (title === '') return missingText('OpenIncident', world);
  if (title.length > LONGEST_TITLE) return unclear(request, 'TooLong', [{ from: bodyFrom, to: request.text.length }]);
  const severity = end.severity ?? head.severity;
  return { kind: 'OpenIncident', service: head.service?.[0] ?? '', title, ...(severity !== undefined && { severity }) };
}

const severityNoun = setOf(SEVERITY_NOUN);

interface AtEnd {
  /** Where the title ends. */
  readonly from?: number;
  readonly severity?: keyof typeof SEVERITIES;
  readonly misspelled?: Token;
  readonly instead?: readonly string[];
}

/** `(high)` or `(severity: high)` at the end; other words in brackets belong to the title. */
function severityAtEnd(world: World, bodyFrom: number): AtEnd {
  const tokens = world.request.tokens.filter(({ from }) => from >= bodyFrom);
  const opening = tokens.findLastIndex(({ key }) => key === '(');
  if (opening < 0 || tokens.at(-1)?.key !== ')') return {};
  const within = tokens.slice(opening + 1, -1).filter(({ kind, key }) => kind === 'Word' && !severityNoun.has(key));
  const [word] = within;
  if (!word || within.length > 1) return {};
  const severity = severities.phrases.get(word.key);
  if (severity !== undefined) return { from: tokens[opening]?.from ?? bodyFrom, severity };
  const near = nearest(word.key, severities.phrases.keys()).map(({ candidate }) => withInstead(world.request, word, candidate));
  return near.length > 0 ? { misspelled: word, instead: near } : {};
}

function updated({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const { request, language } = world;
  const text = wordsBetween(request, bodyFrom);
  if (text === '') return missingText('UpdateIncident', world);
  if (head.audience !== undefined)
    return { kind: 'UpdateIncident', incident: head.incident?.[0] ?? '', text, audience: head.audience };
  const whom = language === 'de' ? ['intern', 'für Behörde', 'für Kunden'] : ['internal', 'for authority', 'for customers'];
  return missingAudience(head, bodyFrom, whom, world);
}

function missingAudience({ named }: Head, bodyFrom: number, whom: readonly string[], { request }: World): Unclear {
  const at = named?.at(-1)?.to ?? bodyFrom;
  const said = whom.map((words) => withInstead(request, { from: at, to: at }, ` ${words}`));
  return unclear(request, 'MissingAudience', [], said);
}

/** What takes no text: behind the name stands only what says the same once more. */
function turned(
  { kind, trailing }: { readonly kind: 'ConfirmIncident' | 'ReopenIncident'; readonly trailing: Lexicon<string> },
  { head, bodyFrom }: HeadRead,
  { request }: World,
): Intent | Unclear {
  const rest = request.tokens.filter(({ from, kind: sort }) => from >= bodyFrom && sort === 'Word');
  for (let at = 0; at < rest.length;) {
    const found = phraseAt(rest, at, trailing);
    if (!found) return unclear(request, 'UnknownWord', rest.slice(at));
    at += found.length;
  }
  return { kind, incident: head.incident?.[0] ?? '' };
}

function withheld({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const text = wordsBetween(world.request, bodyFrom);
  const on = commentedOn(head);
  if (!on) return nameless('Withhold', world);
  if (text === '') return missingText('Withhold', world);
  if (head.audience !== undefined) return { kind: 'Withhold', on, text, audience: head.audience };
  return missingAudience(head, bodyFrom, [world.language === 'de' ? 'vor Kunden' : 'from customers'], world);
}

function resolved({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const { request, language } = world;
  const { resolution, before } = resolutionIn(request, bodyFrom);
  if (!before) return { kind: 'ResolveIncident', incident: head.incident?.[0] ?? '', ...resolution };
  const cause = language === 'de' ? 'Ursache' : 'cause';
  const text = wordsBetween(request, before.from);
  return unclear(
    request,
    'UnknownWord',
    [before],
    [withInstead(request, { from: before.from, to: request.text.length }, `: ${cause} ${text}`)],
  );
}

function dismissed({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const reason = wordsBetween(world.request, bodyFrom);
  if (reason === '') return missingText('DismissIncident', world);
  if (reason.length > LONGEST_REASON)
    return unclear(world.request, 'TooLong', [{ from: bodyFrom, to: world.request.text.length }]);
  return { kind: 'DismissIncident', incident: head.incident?.[0] ?? '', reason };
}

/** What is said of an incident is an update of it. */
function commented({ head, bodyFrom }: HeadRead, world: World): Intent | Unclear {
  const text = wordsBetween(world.request, bodyFrom);
  const on = commentedOn(head);
  if (!on) {
    const [update, internal] = world.language === 'de' ? ['aktualisiere', 'intern'] : ['update', 'internal'];
    return unclear(world.request, 'MissingCriterion', head.named ?? [], [
      `${update} ${head.incident?.[0] ?? ''} ${internal}: ${text}`,
    ]);
  }
  return text === '' ? missingText('Comment', world) : { kind: 'Comment', on, text };
}

function commentedOn({ criterion, deviation }: Head): Commented | undefined {
  if (deviation !== undefined) return { kind: 'Deviation', deviation };
  return criterion?.[0] === undefined ? undefined : { kind: 'Criterion', criterion: criterion[0] };
}

/** It takes no text: `ack x: but it is wrong` is more than an acknowledgement. */
function acknowledged({ head, bodyFrom }: HeadRead, { request }: World): Intent | Unclear {
  const more = { from: bodyFrom, to: request.text.length };
  if (wordsBetween(request, bodyFrom) !== '') return unclear(request, 'UnknownWord', [more]);
  const on = commentedOn(head);
  if (on) return { kind: 'Acknowledge', on };
  const incident = head.incident?.[0];
  return { kind: 'Acknowledge', ...(incident !== undefined && { on: { kind: 'Incident', incident } as const }) };
}

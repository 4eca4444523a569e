import type { Severity } from '../api/common.ts';
import { deviationStart } from '../domain/deviation-id.ts';
import type { UpdateAudience } from './intent.ts';
import { lexiconOf, listed, phraseAt } from './lexicon.ts';
import { type Names, nameAt } from './names.ts';
import { nounBefore } from './suggestions.ts';
import type { Token } from './tokens.ts';
import {
  AUDIENCES,
  BECAUSE,
  NOUNS,
  ORDERS,
  POLITENESS,
  RESOLUTION,
  SEVERITIES,
  SEVERITY_NOUN,
  SMALL,
  WITHHOLDING,
} from './words.ts';
import type { World } from './world.ts';

export type OrderKind = keyof typeof ORDERS;

/** What stands before the text of an order. */
export interface Head {
  readonly service?: readonly string[];
  readonly incident?: readonly string[];
  readonly criterion?: readonly string[];
  readonly deviation?: string;
  readonly audience?: UpdateAudience;
  readonly severity?: Severity;
  /** The tokens of the name. */
  readonly named?: readonly Token[];
}

/** The head, and where the text begins; `strange` is a word in it that nobody knows. */
export interface HeadRead {
  readonly head: Head;
  readonly bodyFrom: number;
  readonly strange?: Token;
}

type Sort = 'service' | 'incident' | 'criterion';

const WANTED: Readonly<Record<OrderKind, readonly Sort[]>> = {
  OpenIncident: ['service'],
  UpdateIncident: ['incident'],
  ResolveIncident: ['incident'],
  DismissIncident: ['incident'],
  Comment: ['criterion', 'incident'],
  Acknowledge: ['incident', 'criterion'],
  ConfirmIncident: ['incident'],
  ReopenIncident: ['incident'],
  Withhold: ['criterion'],
  Confirm: [],
  Cancel: [],
  Help: [],
};

const audiences = lexiconOf(AUDIENCES);
const severities = lexiconOf(SEVERITIES);
const labels = lexiconOf(RESOLUTION);
const idle = listed([SMALL, POLITENESS, SEVERITY_NOUN, ...Object.values(NOUNS)]);
const withholding = listed([WITHHOLDING]);
const because = listed([BECAUSE]);
/** Behind these the text begins; before them only what is known may stand. */
const DIVIDERS = new Set([':', '\n']);

/** Reads what an order is about, up to its text. @param before tokens in front of the verb. @param after tokens behind it */
export function headOf(kind: OrderKind, before: readonly Token[], after: readonly Token[], world: World): HeadRead {
  const end = world.request.text.length;
  let { head } = walk({}, before, { kind, world, isStrict: true });
  const isStrict = hasColon(after);
  const rest = walk(head, after, { kind, world, isStrict });
  head = rest.head;
  const stop = after[rest.at];
  if (!stop) return { head, bodyFrom: end };
  if (isDivider(stop) || rest.isDivided) return { head, bodyFrom: stop.from };
  const isOpen = isAddressed(kind) || (isStrict && !rest.isLabelled);
  if (!isNamed(head) || isOpen) return { head, bodyFrom: end, strange: stop };
  return { head, bodyFrom: stop.from };
}

/** Whether a colon comes on the first line. */
function hasColon(tokens: readonly Token[]): boolean {
  return tokens.find(({ key }) => DIVIDERS.has(key))?.key === ':';
}

const isDivider = (token: Token): boolean =>
  token.kind === 'Sign' && (DIVIDERS.has(token.key) || token.key === '-' || token.key === '"');
export const isNamed = ({ named }: Head): boolean => named !== undefined;

interface Walking {
  readonly kind: OrderKind;
  readonly world: World;
  /** A divider comes: all before it must be known. Without one the text begins where the name ends. */
  readonly isStrict: boolean;
}

interface Walked {
  readonly head: Head;
  readonly at: number;
  readonly isDivided: boolean;
  readonly isLabelled: boolean;
}

function walk(start: Head, tokens: readonly Token[], walking: Walking): Walked {
  let head = start;
  let at = 0;
  while (at < tokens.length) {
    const divider = dividerAt(tokens, at, head, walking.kind);
    if (divider) return { head, at: at + divider.skip, isDivided: divider.skip > 0, isLabelled: divider.isLabel };
    const step = stepAt(tokens, at, head, walking);
    if (!step) break;
    head = { ...head, ...step.gives };
    at += step.length;
  }
  return { head, at, isDivided: false, isLabelled: false };
}

interface Divider {
  /** How many tokens belong to neither the head nor the text. */
  readonly skip: number;
  readonly isLabel: boolean;
}

/** Where the text begins once the name was said: behind a sign, behind `because`, or with the first part of a resolution. */
function dividerAt(tokens: readonly Token[], at: number, head: Head, kind: OrderKind): Divider | undefined {
  const token = tokens[at];
  if (token?.kind === 'Sign') return DIVIDERS.has(token.key) || (isNamed(head) && isDivider(token)) ? HERE : undefined;
  return isNamed(head) ? wordDivider(tokens, at, kind) : undefined;
}

const HERE: Divider = { skip: 0, isLabel: false };

function wordDivider(tokens: readonly Token[], at: number, kind: OrderKind): Divider | undefined {
  if (kind === 'ResolveIncident' && phraseAt(tokens, at, labels)) return { skip: 0, isLabel: true };
  const reason = kind === 'DismissIncident' ? phraseAt(tokens, at, because) : undefined;
  return reason && tokens[at + reason.length] ? { skip: reason.length, isLabel: false } : undefined;
}

interface Step {
  readonly length: number;
  readonly gives: Partial<Head>;
}

function stepAt(tokens: readonly Token[], at: number, head: Head, walking: Walking): Step | undefined {
  const { kind, isStrict } = walking;
  if (tokens[at]?.kind === 'Sign') return { length: 1, gives: {} };
  if (isNamed(head) && !isStrict && takesText(kind)) return undefined;
  return audienceAt(tokens, at, head, kind) ?? severityAt(tokens, at, kind) ?? nameOrSmall(tokens, at, head, walking);
}

function nameOrSmall(tokens: readonly Token[], at: number, head: Head, walking: Walking): Step | undefined {
  const small = phraseAt(tokens, at, idle) ?? (walking.kind === 'Withhold' ? phraseAt(tokens, at, withholding) : undefined);
  const name = isNamed(head) ? undefined : namedAt(tokens, at, walking, small !== undefined);
  return name ?? (small && { length: small.length, gives: {} });
}

const takesText = (kind: OrderKind): boolean => !['Acknowledge', 'Confirm', 'Help'].includes(kind) && !isAddressed(kind);

/** Whether an order names an audience between the name and the text, so that the text begins behind a divider only. */
export const isAddressed = (kind: OrderKind): boolean => kind === 'UpdateIncident' || kind === 'Withhold';

/** Customers read what the authority reads, and it reads what the team does: the widest that is named is meant. */
const WIDEST: readonly UpdateAudience[] = ['customers', 'authority', 'internal'];

function audienceAt(tokens: readonly Token[], at: number, { audience }: Head, kind: OrderKind): Step | undefined {
  const found = isAddressed(kind) ? phraseAt(tokens, at, audiences) : undefined;
  if (!found) return undefined;
  const widest = WIDEST.find((each) => each === found.means || each === audience) ?? found.means;
  return { length: found.length, gives: { audience: widest } };
}

function severityAt(tokens: readonly Token[], at: number, kind: OrderKind): Step | undefined {
  const found = kind === 'OpenIncident' ? phraseAt(tokens, at, severities) : undefined;
  return found && { length: found.length, gives: { severity: found.means } };
}

/** Where any name would do, a word that we know is none. */
function namedAt(
  tokens: readonly Token[],
  at: number,
  { kind, world }: Pick<Walking, 'kind' | 'world'>,
  isSmall: boolean,
): Step | undefined {
  const sorts = sortsAt(tokens, at, kind);
  const deviation = sorts.includes('criterion') ? deviationOf(tokens[at]) : undefined;
  if (deviation !== undefined) return { length: 1, gives: { deviation, named: tokens.slice(at, at + 1) } };
  const lists: Readonly<Record<Sort, Names>> = { service: world.services, incident: world.incidents, criterion: world.criteria };
  for (const sort of sorts) {
    const found = isSmall && lists[sort].known === undefined ? undefined : nameAt(tokens, at, lists[sort]);
    if (found) return { length: found.length, gives: { [sort]: found.means, named: tokens.slice(at, at + found.length) } };
  }
  return undefined;
}

/** `ack incident x` speaks of no criterion called x. */
function sortsAt(tokens: readonly Token[], at: number, kind: OrderKind): readonly Sort[] {
  const noun = nounBefore(tokens, at);
  const sort = noun === 'deviation' ? 'criterion' : noun;
  const sorts = WANTED[kind];
  return sort !== undefined && sorts.includes(sort) ? [sort] : sorts;
}

function deviationOf(token: Token | undefined): string | undefined {
  const id = token?.key.toUpperCase() ?? '';
  return deviationStart(id) === undefined ? undefined : id;
}

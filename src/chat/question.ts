import type { Intent, Unclear } from './intent.ts';
import { lexiconOf, phraseAt } from './lexicon.ts';
import { nameAt, someNames } from './names.ts';
import { type PeriodFound, periodIn, todayOf } from './period.ts';
import { example, nounBefore, starters, unknown } from './suggestions.ts';
import { type Token, withInstead } from './tokens.ts';
import { COMMON, IDLE } from './vocabulary.ts';
import { QUESTIONS } from './words.ts';
import { around, unclear, type World } from './world.ts';

type Asked = keyof typeof QUESTIONS;

interface Spot {
  readonly names: readonly string[];
  readonly tokens: readonly Token[];
}

/** What stands in a question; `rest` is what is neither a command nor a name. */
interface Parts {
  readonly asked: ReadonlySet<Asked>;
  readonly services: readonly Spot[];
  readonly incidents: readonly Spot[];
  readonly rest: readonly Token[];
}

const questions = lexiconOf(QUESTIONS);

/** What a question asks for. Each of its words must say something or be known to say nothing: what is passed over may matter. */
export function readQuestion(world: World): Intent | Unclear {
  const tokens = world.request.tokens.filter(({ kind, key }) => kind === 'Word' || key === '-' || key === '..');
  const parts = partsOf(tokens, world);
  const period = periodIn(parts.rest, world.surroundings);
  return leftOver(tokens, parts, { period, world }) ?? doubtful(parts, period, world) ?? decided(parts, period, world);
}

function partsOf(tokens: readonly Token[], world: World): Parts {
  const asked = new Set<Asked>();
  const [services, incidents, rest]: [Spot[], Spot[], Token[]] = [[], [], []];
  for (let at = 0; at < tokens.length;) {
    const found = partAt(tokens, at, world, asked.size > 0);
    if (found.asked !== undefined) asked.add(found.asked);
    const used = tokens.slice(at, at + found.length);
    if (found.service) services.push({ names: found.service, tokens: used });
    else if (found.incident) incidents.push({ names: found.incident, tokens: used });
    else if (found.asked === undefined) rest.push(...used);
    at += found.length;
  }
  return { asked, incidents, ...withoutAccidents(services, rest) };
}

interface PartFound {
  readonly length: number;
  readonly asked?: Asked;
  readonly service?: readonly string[];
  readonly incident?: readonly string[];
}

/** A name is read before a word of ours, except where nothing was asked yet: a service may be called `status`. */
function partAt(tokens: readonly Token[], at: number, world: World, isAsked: boolean): PartFound {
  const command = phraseAt(tokens, at, questions);
  const asked = command && { asked: command.means, length: command.length };
  if (asked && !isAsked) return asked;
  return namedPart(tokens, at, world) ?? asked ?? { length: 1 };
}

function namedPart(tokens: readonly Token[], at: number, world: World): PartFound | undefined {
  const isIncident = nounBefore(tokens, at) === 'incident';
  const incident = world.incidents.known || isIncident ? nameAt(tokens, at, world.incidents) : undefined;
  const service = incident && isIncident ? undefined : nameAt(tokens, at, world.services);
  if (service) return { service: service.means, length: service.length };
  return incident && !isIdleName(tokens[at], world) ? { incident: incident.means, length: incident.length } : undefined;
}

/** Where any name would do, `the incident of yesterday` has none. */
const isIdleName = (token: Token | undefined, { incidents }: World): boolean =>
  incidents.known === undefined && COMMON.has(token?.key ?? '');

/** With a service called `the`, `how available is the shop` still asks for one. */
function withoutAccidents(services: readonly Spot[], rest: readonly Token[]): Pick<Parts, 'services' | 'rest'> {
  const meant = services.filter(({ tokens }) => tokens.some(({ key }) => !COMMON.has(key)));
  if (services.length < 2 || meant.length === 0) return { services, rest };
  const dropped = services.filter((spot) => !meant.includes(spot)).flatMap(({ tokens }) => tokens);
  return { services: meant, rest: [...rest, ...dropped].sort((a, b) => a.from - b.from) };
}

function doubtful({ services, incidents }: Parts, period: PeriodFound, { request }: World): Unclear | undefined {
  for (const spots of [services, incidents]) {
    const names = Array.from(new Set(spots.flatMap((spot) => spot.names)));
    if (names.length < 2) continue;
    const place = around(spots.flatMap(({ tokens }) => tokens));
    return unclear(
      request,
      'AmbiguousName',
      [place],
      names.map((name) => withInstead(request, place, name)),
    );
  }
  if (period.kind !== 'Problem') return undefined;
  const { reason, instead, used } = period;
  const place = around(used);
  return unclear(
    request,
    reason,
    [place],
    instead.map((words) => withInstead(request, place, words)),
  );
}

interface Context {
  readonly period: PeriodFound;
  readonly world: World;
}

/** The first words that say nothing we know. */
function leftOver(tokens: readonly Token[], { asked, services, rest }: Parts, { period, world }: Context): Unclear | undefined {
  const used = new Set(period.kind === 'None' ? [] : period.used);
  const left = rest.filter((token) => token.kind === 'Word' && !used.has(token));
  const strange = left.find((token, at) => phraseAt(left, at, IDLE) === undefined && !isWithin(left, at));
  if (!strange) return undefined;
  const at = tokens.indexOf(strange);
  const noun = nounBefore(tokens, at);
  const service = services.length === 0 ? [{ reason: 'UnknownService', of: world.services } as const] : [];
  const incident = [{ reason: 'UnknownIncident', of: world.incidents } as const];
  return unknown(world, [strange], {
    names: noun === 'incident' ? [...incident, ...service] : [...service, ...incident],
    isNamed: noun === 'incident' || (services.length === 0 && asked.size > 0),
    otherwise: asked.size > 0 ? 'UnknownWord' : 'UnknownCommand',
  });
}

/** Whether a token belongs to a phrase that begins before it: `moment` of `at the moment`. */
function isWithin(tokens: readonly Token[], at: number): boolean {
  return [1, 2, 3].some((back) => at >= back && (phraseAt(tokens, at - back, IDLE)?.length ?? 0) > back);
}

function decided(parts: Parts, period: PeriodFound, world: World): Intent | Unclear {
  const service = parts.services[0]?.names[0];
  const about = service === undefined ? {} : { service };
  const kind = kindOf(parts, period, service);
  switch (kind) {
    case 'Availability':
      return { kind, ...about, period: period.kind === 'Found' ? period.period : todayOf(world.surroundings) };
    case 'ShowIncident':
      return shown(parts, period, world);
    case 'Help':
      return { kind };
    case undefined:
      return unclear(
        world.request,
        'UnknownCommand',
        [],
        period.kind === 'None' ? starters(world) : [availabilityThen(period.used, service, world)],
      );
    case 'Status':
    case 'Failing':
    case 'ListIncidents':
    case 'ListChanges':
      return period.kind === 'Found' ? unasked(period.used, service, world) : { kind, ...about };
  }
}

type Kind = 'Availability' | 'Status' | 'Failing' | 'ListIncidents' | 'ListChanges' | 'ShowIncident' | 'Help';

const LISTS = ['ListIncidents', 'ListChanges'] as const;

function kindOf({ asked, incidents }: Parts, period: PeriodFound, service: string | undefined): Kind | undefined {
  const isPast = period.kind === 'Found';
  if (incidents.length > 0) return 'ShowIncident';
  const list = LISTS.find((each) => asked.has(each));
  if (list !== undefined) return list;
  if (asked.has('Availability') && (isPast || !asked.has('Failing'))) return 'Availability';
  if (asked.has('Failing')) return 'Failing';
  if (asked.has('Down') && !asked.has('Status')) return isPast ? 'Availability' : 'Failing';
  return unaskedKind(asked, isPast, service);
}

/** `shop`, `how was the shop yesterday`, `hello`. */
function unaskedKind(asked: ReadonlySet<Asked>, isPast: boolean, service: string | undefined): Kind | undefined {
  if (asked.has('Status')) return 'Status';
  if (asked.has('ShowIncident')) return 'ShowIncident';
  if (service === undefined) return isPast ? undefined : 'Help';
  return isPast ? 'Availability' : 'Status';
}

function shown({ asked, incidents }: Parts, period: PeriodFound, world: World): Intent | Unclear {
  const incident = incidents[0]?.names[0];
  if (incident === undefined) return unclear(world.request, 'MissingIncident', [], offered(world));
  if (asked.has('Availability')) return unclear(world.request, 'MissingService', [], example(world, 'Availability'));
  return period.kind === 'Found' ? unclear(world.request, 'NoPeriodHere', period.used) : { kind: 'ShowIncident', incident };
}

function offered(world: World): readonly string[] {
  const { incidents, language } = world;
  const show = language === 'de' ? 'zeige Vorfall' : 'show incident';
  return [...example(world, 'ListIncidents'), ...someNames(incidents).map((name) => `${show} ${name}`)];
}

/** Of a time that is past only the availability is told. */
function unasked(used: readonly Token[], service: string | undefined, world: World): Unclear {
  return unclear(world.request, 'NoPeriodHere', used, [availabilityThen(used, service, world)]);
}

function availabilityThen(used: readonly Token[], service: string | undefined, { request, language }: World): string {
  const { from, to } = around(used);
  const availability = language === 'de' ? 'Verfügbarkeit' : 'availability';
  return [availability, service, request.text.slice(from, to)].filter((word) => word !== undefined).join(' ');
}

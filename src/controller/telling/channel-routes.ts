import { type NotificationChannel, type NotificationChannelSpec, platformOf, type Topic } from '../../api/channel.ts';
import type { KubeObject, Severity } from '../../api/common.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { EvidenceKind } from '../../api/evidence-kinds.ts';
import { isForAll, type Place } from '../../notify/notifier.ts';
import { durationMs } from '../../domain/duration.ts';
import { type Describe, type Held, isMoment, type Story } from '../../notify/stories/story.ts';
import type { Reflector } from '../../kube/index.ts';
import { matchesAny } from '../../sources/glob.ts';
import { criterionKey } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { matches } from '../selector.ts';

/** Severities, least first. */
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const DEFAULT_SEVERITY = 'medium';

/** What is looked up on the way from a story to a channel. */
export interface Routing {
  readonly describe: Describe;
  readonly namespace: (name: string) => KubeObject | undefined;
}

/** Looks it up in what is known of criteria and namespaces. */
export function newRouting(ledger: Pick<Ledger, 'get'>, namespaces: Pick<Reflector<KubeObject>, 'store'>): Routing {
  return {
    describe: (namespace, name) => ledger.get(criterionKey({ namespace, name }))?.spec,
    namespace: (name) => namespaces.store.get(name),
  };
}

/** Whether a channel tells of a story: its audience, namespaces, services, topics and severity all have to fit; a change has no severity. */
export function isRouted(spec: NotificationChannelSpec, story: Story, { describe, namespace }: Routing): boolean {
  const { audience, topics } = spec;
  if (story.addressed[audience] === undefined || !isForPlace(spec, story, namespace)) return false;
  const criterion = story.criterion === undefined ? undefined : describe(story.namespace, story.criterion);
  // Nobody is told of a dry run; but what was told of a criterion before it became one is told to its end.
  if (story.kind === 'Notice' && criterion?.mode === 'DryRun') return false;
  return isSevere(spec, story, describe) && (topics === undefined || topics.includes(topicOf(story, criterion)));
}

/** Whether a channel tells of a story by now: also of what it has begun, to its end, whatever became of severity and topic. */
export function isToldBy(
  spec: NotificationChannelSpec,
  story: Story,
  routing: Routing,
  hasBegun: (storyId: string) => boolean,
): boolean {
  if (isRouted(spec, story, routing)) return true;
  return story.addressed[spec.audience] !== undefined && isForPlace(spec, story, routing.namespace) && hasBegun(story.id);
}

/** Whether a channel tells of a service at all. */
export function isForPlace(
  { services, namespaces: { from, selector = {} } }: NotificationChannelSpec,
  { namespace, service }: Place,
  namespaceOf: Routing['namespace'],
): boolean {
  if (!matchesAny(services, service)) return false;
  const found = namespaceOf(namespace);
  return from === 'All' || (found !== undefined && matches(selector, found.metadata.labels));
}

const severityOf = ({ severity, namespace, criterion = '' }: Story, describe: Describe): Severity =>
  severity ?? describe(namespace, criterion)?.severity ?? DEFAULT_SEVERITY;

function isSevere({ minimumSeverity = 'low' }: NotificationChannelSpec, story: Story, describe: Describe): boolean {
  // Nobody misses what the authority wants because of how many alerts are wanted.
  if (story.kind === 'Change' || story.kind === 'Finding') return true;
  return SEVERITIES.indexOf(severityOf(story, describe)) >= SEVERITIES.indexOf(minimumSeverity);
}

/** Whether a channel tells a story in a digest instead of by itself. */
export function isDigested(spec: NotificationChannelSpec, story: Story, { describe }: Pick<Routing, 'describe'>): boolean {
  const { below } = digestOf(spec) ?? {};
  if (below === undefined || ['Channel', 'Change', 'Finding'].includes(story.kind)) return false;
  return SEVERITIES.indexOf(severityOf(story, describe)) < SEVERITIES.indexOf(below);
}

/** What a channel has of digests: how often, and below which severity a story is told in one alone; undefined for none. */
export function digestOf({ audience, digest, alertmanager }: NotificationChannelSpec): DigestSettings | undefined {
  // Alerts are no place for prose.
  if (alertmanager !== undefined) return undefined;
  if (digest === undefined) return audience === 'authority' ? { everyMs: DAY_MS } : undefined;
  return { everyMs: Math.max(durationMs(digest.every), SOONEST_DIGEST_MS), below: digest.below ?? DEFAULT_SEVERITY };
}

export interface DigestSettings {
  readonly everyMs: number;
  readonly below?: Severity;
}

const DAY_MS = 86_400_000;
const SOONEST_DIGEST_MS = 3_600_000;

/**
 * What of a story is held before it goes out: of each audience by the channel that is first to tell of it. Where one tells at once
 * there is nothing left to withhold.
 */
export function heldBy(channels: readonly NotificationChannel[], story: Story, routing: Routing): Held[] {
  const first = new Map<string, Held>();
  for (const { spec } of story.kind === 'Deviation' ? channels : []) {
    const { audience, hold = '0s' } = spec;
    const due = story.addressed[audience]?.at;
    if (due === undefined || !isRouted(spec, story, routing) || isDigested(spec, story, routing)) continue;
    const holdMs = durationMs(hold);
    const before = first.get(audience);
    if (before === undefined || holdMs < before.holdMs) first.set(audience, { audience, untilMs: due + holdMs, holdMs });
  }
  return [...first.values()].filter(({ audience, holdMs }) => holdMs > 0 && story.withheld?.[audience] === undefined);
}

/**
 * Whether a channel tells of another one that stopped: one of the team, on another platform where there is one. A room for each service is
 * none for this.
 */
export function tellsOfChannel(
  { metadata }: NotificationChannel,
  story: Story,
  channels: readonly NotificationChannel[],
): boolean {
  const others = channels.filter(
    (each) => each.spec.audience === 'internal' && each.metadata.name !== story.channel?.name && !isForEachService(each.spec),
  );
  const elsewhere = others.filter(({ spec }) => platformOf(spec) !== story.channel?.platform);
  return (elsewhere.length > 0 ? elsewhere : others).some((each) => each.metadata.name === metadata.name);
}

/** Whether the place depends on the service that a message is about. */
export function isForEachService(spec: NotificationChannelSpec): boolean {
  const kind = platformOf(spec);
  return kind !== undefined && !isForAll(JSON.stringify(spec[kind]));
}

/** What kind of evidence makes a topic of its own. */
const TOPICS: Partial<Record<EvidenceKind, Topic>> = {
  logs: 'Logs',
  falco: 'Security',
  policyReports: 'Security',
  source: 'Sources',
};

function topicOf({ kind }: Story, criterion: CertificationCriterionSpec | undefined): Topic {
  if (kind === 'Incident') return 'Incidents';
  if (kind === 'Change') return 'Changes';
  if (kind === 'Finding') return 'Findings';
  const kinds = (criterion?.evidence ?? []).flatMap((item) => Object.keys(item) as EvidenceKind[]);
  return kinds.map((each) => TOPICS[each]).find((topic) => topic !== undefined) ?? 'Alerts';
}

/** Whether a channel that is for a story since then is told of it: it may be long over, or still held. */
export function isNews(
  story: Story,
  { audience, hold = '0s' }: Pick<NotificationChannelSpec, 'audience' | 'hold'>,
  since: number,
): boolean {
  const goesOn = story.ended === undefined && !isMoment(story);
  return goesOn || (story.addressed[audience]?.at ?? 0) >= since - durationMs(hold);
}

/** When a channel was made, in milliseconds since 1970-01-01T00:00:00Z. */
export const createdAt = ({ metadata }: NotificationChannel): number => Date.parse(metadata.creationTimestamp ?? '') || 0;

/** Whether an audience is to be told of a story by now: of a change it hears so long before as the change asks for. */
export function isDue({ kind, addressed }: Story, audience: string, now: number): boolean {
  return kind !== 'Change' || (addressed[audience]?.at ?? Infinity) <= now;
}

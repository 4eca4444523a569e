import type { NotificationChannelSpec, Topic } from '../api/channel.ts';
import type { KubeObject, Severity } from '../api/common.ts';
import type { CertificationCriterionSpec } from '../api/criterion.ts';
import type { EvidenceKind } from '../api/evidence-kinds.ts';
import type { Place } from '../notify/notifier.ts';
import type { Describe, Story } from '../notify/story.ts';
import { matchesAny } from '../sources/glob.ts';
import { matches } from './selector.ts';

/** Severities, least first. */
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const DEFAULT_SEVERITY = 'medium';

/** What is looked up on the way from a story to a channel. */
export interface Routing {
  readonly describe: Describe;
  readonly namespace: (name: string) => KubeObject | undefined;
}

/** Whether a channel tells of a story: its audience, namespaces, services, topics and severity all have to fit; a change has no severity. */
export function isRouted(spec: NotificationChannelSpec, story: Story, { describe, namespace }: Routing): boolean {
  const { audience, topics } = spec;
  if (story.addressed[audience] === undefined || !isForPlace(spec, story, namespace)) return false;
  const criterion = story.criterion === undefined ? undefined : describe(story.namespace, story.criterion);
  // Nobody is told of a dry run; but what was told of a criterion before it became one is told to its end.
  if (story.kind === 'Notice' && criterion?.mode === 'DryRun') return false;
  return isSevere(spec, story, criterion) && (topics === undefined || topics.includes(topicOf(story, criterion)));
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

function isSevere(
  { minimumSeverity = 'low' }: NotificationChannelSpec,
  story: Story,
  criterion: CertificationCriterionSpec | undefined,
): boolean {
  // Nobody misses what the authority wants because of how many alerts are wanted.
  if (story.kind === 'Change' || story.kind === 'Finding') return true;
  const severity = story.severity ?? criterion?.severity ?? DEFAULT_SEVERITY;
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minimumSeverity);
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

/** Whether a channel that was made at `createdAt` is told of a story that may be long over. */
export function isNews({ ended, addressed }: Story, audience: string, createdAt: number): boolean {
  return ended === undefined || (addressed[audience]?.at ?? 0) >= createdAt;
}

/** Whether an audience is to be told of a story by now: of a change it hears so long before as the change asks for. */
export function isDue({ kind, addressed }: Story, audience: string, now: number): boolean {
  return kind !== 'Change' || (addressed[audience]?.at ?? Infinity) <= now;
}

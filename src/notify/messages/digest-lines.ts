import type { Severity } from '../../api/common.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { LogRecord, RecordBody } from '../../api/records.ts';
import { windowOf } from '../../domain/change.ts';
import { spanText } from '../../domain/duration.ts';
import { secondText } from '../../domain/moment.ts';
import type { DigestReader, DigestService } from './digest.ts';
import { commentEntry, objectiveText } from '../stories/story-words.ts';
import { type Describe, entriesFor, levelOf, type Story } from '../stories/story.ts';

/** The sections of a digest, most important first, with their headings. */
export const SECTIONS = {
  Here: 'Told together',
  Team: 'Not met or not known, told to the authority here alone',
  Withheld: 'Kept from an audience',
  Criteria: 'Changes of what is judged',
  Gaps: 'Not judged',
  Objectives: 'Objectives',
  Changes: 'Changes',
  Comments: 'Comments',
} as const;

/** One line of a digest. */
export interface DigestLine {
  readonly section: keyof typeof SECTIONS;
  readonly service: string;
  /** The bigger the more important. */
  readonly weight: number;
  readonly at: number;
  readonly text: string;
}

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const weightOf = (severity: Severity = 'medium'): number => SEVERITIES.indexOf(severity);

interface StoryReader extends Pick<DigestReader, 'audience' | 'describe'> {
  readonly to: number;
  readonly section: 'Here' | 'Team';
  readonly isNotMet: boolean;
}

/** What is said of a story, as it was at the end of the period: for customers nothing but which service, since when and until when. */
export function storyLine(story: Story, { to, audience, describe, section, isNotMet }: StoryReader): DigestLine {
  const { service, namespace, criterion = '', since, kind } = story;
  const spec = describe(namespace, criterion);
  const ended = story.ended && story.ended.at <= to ? story.ended.at : undefined;
  const line = { section, service, at: since, weight: weightOf(story.severity ?? spec?.severity) };
  if (kind !== 'Deviation') return { ...line, text: `${headOf(story, audience, spec)}: ${lastSaid(story, audience)}` };
  if (levelOf(audience) === 'customers') return { ...line, text: `${service}: disrupted ${spanOf(since, ended)}` };
  const how = isUnclear(story, ended, isNotMet) ? 'nobody could say whether it was met' : 'not met';
  return { ...line, text: `${nameOf(service, criterion, spec)}: ${how} ${spanOf(since, ended)}: ${story.seen}` };
}

/** Of what is over only a record of a deviation says that it was one. */
const isUnclear = ({ standing }: Story, ended: number | undefined, isNotMet: boolean): boolean =>
  standing === 'Unclear' || (ended !== undefined && !isNotMet);

function headOf(
  { kind, service, title = '', criterion = '' }: Story,
  audience: string,
  spec?: CertificationCriterionSpec,
): string {
  const isInside = levelOf(audience) !== 'customers';
  if (kind === 'Incident') return isInside ? `${service}, incident ${title}` : `${service}, incident`;
  return isInside ? nameOf(service, criterion, spec) : service;
}

const lastSaid = (story: Story, audience: string): string => entriesFor(story, audience).at(-1)?.text ?? '';

/** A deviation of which there is no story, since nobody was told of it. */
export function bareDeviation(
  { kind, body }: Extract<LogRecord, { kind: 'DeviationOpened' | 'DeviationClosed' }>,
  service: string,
  spec: CertificationCriterionSpec | undefined,
): DigestLine {
  const { criterion, from } = body;
  const to = kind === 'DeviationClosed' ? body.to : undefined;
  return {
    ...{ section: 'Team', service, at: from, weight: weightOf(spec?.severity) },
    text: `${nameOf(service, criterion, spec)}: not met ${spanOf(from, to)}; nobody was told`,
  };
}

function spanOf(from: number, to: number | undefined): string {
  return to === undefined
    ? `since ${secondText(from)}`
    : `for ${spanText(to - from)}, from ${secondText(from)} to ${secondText(to)}`;
}

function nameOf(service: string, criterion: string, spec: CertificationCriterionSpec | undefined): string {
  const controls = [...new Set((spec?.controls ?? []).map(({ catalog, version, id }) => `${catalog}:${version} ${id}`))];
  return `${service}: ${spec?.title ?? criterion}${controls.length === 0 ? '' : ` (${controls.join(', ')})`}`;
}

type Line = Pick<DigestLine, 'section' | 'text'> & { readonly weight?: number };

/** What else is on record of a service, for the authority. */
export function recordLines(of: DigestService, reader: DigestReader): DigestLine[] {
  const told = toldChanges(of, reader.audience);
  return of.records.flatMap((record) => {
    const { criterion, at = record.head.recordedAt } = record.body as { readonly criterion?: string; readonly at?: number };
    // Nobody is told of a dry run, but that a criterion became one is a change of what is judged.
    const isDry = criterion !== undefined && reader.describe(of.namespace, criterion)?.mode === 'DryRun';
    if ((isDry && record.kind !== 'CriterionChanged') || told.has(`${criterion}@${at}`)) return [];
    const line = lineOf(record, of, reader);
    return line ? [{ weight: 0, ...line, service: of.service, at }] : [];
  });
}

/** Changes of criteria of which a step told the audience already. */
function toldChanges({ records }: DigestService, audience: string): ReadonlySet<string> {
  const keys = records.flatMap(({ kind, body }) =>
    kind === 'Notified' && body.notice === 'CriterionChanged' && body.audience === audience
      ? [`${body.criterion}@${body.at}`]
      : [],
  );
  return new Set(keys);
}

function lineOf(record: LogRecord, of: DigestService, reader: DigestReader): Line | undefined {
  const { describe } = reader;
  const name = (criterion: string): string => nameOf(of.service, criterion, describe(of.namespace, criterion));
  switch (record.kind) {
    case 'CriterionChanged':
      return changeLine(record.body, name);
    case 'BasisChanged':
      return basisLine(record.body, name);
    case 'SourceChanged':
      return sourceLine(record.body, of.service);
    case 'Gap':
      return gapLine(record.body, name);
    case 'ObjectiveChanged':
      return { section: 'Objectives', text: `${name(record.body.criterion)}: ${objectiveText(record.body)}` };
    case 'ChangeRecorded':
      return plannedLine(record.body, of, reader);
    case 'Commented':
      return commentLine(record.body, of, reader);
    case 'Delivery':
      return withheldLine(record.body, of, describe);
    case 'IncidentChanged':
      return dismissedLine(record.body, of, reader);
    case 'DeviationOpened':
    case 'DeviationClosed':
    case 'Notified':
    case 'VerdictChanged':
    case 'Observations':
    case 'ReadBack':
    case 'ChannelChanged':
    case 'FindingChanged':
    case 'OperatorStarted':
    case 'OperatorStopped':
      return undefined;
  }
}

/** A bar that was lowered comes before one that is new. */
const CHANGES = {
  ...{ Deleted: 4, Suspended: 3, Changed: 2, Recreated: 1, Resumed: 1, Created: 0 },
} as const satisfies Record<RecordBody<'CriterionChanged'>['change'], number>;

function changeLine({ criterion, change, spec }: RecordBody<'CriterionChanged'>, name: (criterion: string) => string): Line {
  const why = change === 'Suspended' && spec.suspend ? `: ${spec.suspend.reason}` : '';
  return { section: 'Criteria', weight: CHANGES[change], text: `${name(criterion)}: ${change.toLowerCase()}${why}` };
}

function basisLine({ criterion, evidence, before }: RecordBody<'BasisChanged'>, name: (of: string) => string): Line | undefined {
  const text = `${name(criterion)}: the rules behind its evidence ${evidence} were changed`;
  return before === undefined ? undefined : { section: 'Criteria', weight: 2, text };
}

function sourceLine({ source, before, criteria }: RecordBody<'SourceChanged'>, service: string): Line | undefined {
  const text = `${service}: the source ${source} was changed, on which ${criteria.length} criteria rest`;
  return before === undefined ? undefined : { section: 'Criteria', weight: 2, text };
}

function gapLine({ criterion, from, to, slots, message }: RecordBody<'Gap'>, name: (criterion: string) => string): Line {
  const missed = slots === 0 ? '' : ` (${slots} times)`;
  return { section: 'Gaps', weight: slots, text: `${name(criterion)}: ${spanOf(from, to)}${missed}: ${message}` };
}

/** What was told by itself is not said again. */
function plannedLine(
  { change, event, spec }: RecordBody<'ChangeRecorded'>,
  { stories, service }: DigestService,
  { tellingOf }: DigestReader,
): Line | undefined {
  const story = [...stories.values()].find((each) => each.change?.name === change);
  if (story && tellingOf(story) !== 'Never') return undefined;
  const { from, to } = windowOf(spec);
  const window = `from ${secondText(from)} to ${secondText(to)}`;
  const text = `${service}: ${change} ${event.toLowerCase()} (${spec.category}, risk ${spec.risk}), ${window}: ${spec.description}`;
  return { section: 'Changes', text };
}

/** What was told with its deviation is not said again. */
function commentLine(body: RecordBody<'Commented'>, { stories, service }: DigestService, reader: DigestReader): Line | undefined {
  const { criterion, deviation, at } = body;
  const isOf = (story: Story): boolean =>
    deviation === undefined ? story.since <= at && at <= (story.ended?.at ?? at) : story.id === deviation;
  const about = [...stories.values()].find((story) => story.criterion === criterion && isOf(story));
  if (about && reader.tellingOf(about) === 'ByItself') return undefined;
  return { section: 'Comments', text: `${service}: ${criterion}: ${commentEntry(body).words.authority ?? ''}` };
}

function withheldLine(
  { phase, audience, channel, stories: [id = ''], reason = '' }: RecordBody<'Delivery'>,
  { stories, service, namespace }: DigestService,
  describe: Describe,
): Line | undefined {
  if (phase !== 'Withheld') return undefined;
  const story = stories.get(id);
  const what = story?.criterion === undefined ? id : nameOf(service, story.criterion, describe(namespace, story.criterion));
  const by = story?.withheld?.[audience]?.by;
  return {
    section: 'Withheld',
    text: `${what}: not told to ${audience} (${channel})${by === undefined ? '' : ` by ${by}`}: ${reason}`,
  };
}

/** A suspicion that came to nothing was the team's alone. */
function dismissedLine(body: RecordBody<'IncidentChanged'>, of: DigestService, reader: DigestReader): Line | undefined {
  const { change, title, incident, reason = '', severity } = body;
  const story = of.stories.get(`${of.namespace}/${incident}`);
  if (change !== 'Dismissed' || (story && reader.tellingOf(story) !== 'Never')) return undefined;
  return { section: 'Team', weight: weightOf(severity), text: `${of.service}, incident ${title}: dismissed: ${reason}` };
}

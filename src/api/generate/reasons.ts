import {
  CONDITION_TYPES,
  EVENT_REASONS,
  INCIDENT_READY_REASONS,
  MATCHES_REASONS,
  DELIVERING_REASONS,
  REACHABLE_REASONS,
  READY_REASONS,
  SERIES_REASONS,
  UNKNOWN_REASONS,
} from '../conditions.ts';
import { code, MARKDOWN_HEADER, table } from './markdown.ts';

/** The page of condition types, of their reasons, and of the reasons of Events. */
export function reasonsPage(): string {
  return `${[
    MARKDOWN_HEADER,
    '# Conditions and reasons',
    'What stands under `status.conditions` and in Kubernetes Events. These words are part of the API: programs may rely on them.',
    section('Condition types', 'Question that True answers', CONDITION_TYPES),
    section('Reasons of Ready', 'Meaning', READY_REASONS),
    section(
      'Reasons of Ready of an Incident, a ChangeRecord, a DeviationComment and a Finding',
      'Meaning',
      INCIDENT_READY_REASONS,
    ),
    section('Reasons of QueryMatches', 'Meaning', MATCHES_REASONS),
    section('Reasons of SeriesComplete', 'Meaning', SERIES_REASONS),
    section('Reasons of Reachable', 'Meaning', REACHABLE_REASONS),
    section('Reasons of Delivering', 'Meaning', DELIVERING_REASONS),
    section('Reasons of an outcome Unknown', 'Meaning', UNKNOWN_REASONS),
    events(),
  ].join('\n\n')}\n`;
}

function section(title: string, meaning: string, entries: Readonly<Record<string, string>>): string {
  const rows = Object.entries(entries).map(([name, text]) => [code(name), text]);
  return `## ${title}\n\n${table(['Word', meaning], rows)}`;
}

function events(): string {
  const rows = Object.entries(EVENT_REASONS).map(([name, { type, text }]) => [code(name), type, text]);
  return `## Reasons of Events\n\n${table(['Reason', 'Type', 'Meaning'], rows)}`;
}

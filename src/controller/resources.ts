import { API_VERSION } from '../api/common.ts';
import { CHANGE, CHANNEL, COMMENT, CRITERION, FINDING, INCIDENT, type KindDefinition, REPORT, SOURCE } from '../api/kinds.ts';
import type { Resource } from '../kube/index.ts';

const resourceOf = ({ kind, plural, scope }: KindDefinition): Resource => ({
  apiVersion: API_VERSION,
  kind,
  plural,
  namespaced: scope === 'Namespaced',
});

/** The kinds that the operator watches, as the API server addresses them. */
export const RESOURCES = {
  criteria: resourceOf(CRITERION),
  reports: resourceOf(REPORT),
  sources: resourceOf(SOURCE),
  incidents: resourceOf(INCIDENT),
  changes: resourceOf(CHANGE),
  comments: resourceOf(COMMENT),
  findings: resourceOf(FINDING),
  channels: resourceOf(CHANNEL),
  secrets: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
} as const satisfies Record<string, Resource>;

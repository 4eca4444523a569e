import { API_VERSION } from '../api/common.ts';
import { CRITERION, type KindDefinition, REPORT, SOURCE } from '../api/kinds.ts';
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
  secrets: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
} as const satisfies Record<string, Resource>;

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import type { Manifest } from '../cluster/kube-api.ts';
import type { Surroundings } from './surroundings/index.ts';

interface Written {
  readonly spec: Readonly<Record<string, unknown>> & { readonly evidence?: readonly Readonly<Record<string, unknown>>[] };
}

/** An object of an example with times of seconds, and the addresses of its surroundings. */
export function hastened(object: Manifest, sources: Surroundings['sources']): Manifest {
  const { spec } = object as Partial<Written>;
  if (object.kind === 'CertificationCriterion') {
    const evidence = spec?.evidence?.map((item) => ({
      ...item,
      ...(item['falco'] ? { falco: { ...item['falco'], window: '5s' } } : {}),
      ...(item['records'] ? { records: { ...item['records'], within: '3s' } } : {}),
    }));
    return { ...object, spec: { ...spec, evidence, interval: '1s', holdFor: '0s', recoverFor: '1m' } } as Manifest;
  }
  const url = sources[object.metadata.name];
  if (object.kind === 'NotificationChannel') return { ...object, spec: { ...spec, webhook: { url } } } as Manifest;
  if (object.kind !== 'EvidenceSource') return object;
  const moved = Object.entries(spec ?? {}).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'object' ? movedTo(url, value) : value,
  ]);
  return { ...object, spec: { ...Object.fromEntries(moved), evaluationDelay: '0s' } } as Manifest;
}

/** What a source is made of, at another address. */
function movedTo(url: string | undefined, kind: object | null): object | null {
  if (kind === null || url === undefined) return kind;
  return { ...kind, ...('url' in kind ? { url } : {}), ...('metricsUrls' in kind ? { metricsUrls: [url] } : {}) };
}

/** The criteria of an example. */
export const criteriaIn = (folder: string): Manifest[] =>
  documentsIn(folder).filter(({ kind }) => kind === 'CertificationCriterion');

/** The objects of an example. */
export function documentsIn(folder: string): Manifest[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Manifest),
  );
}

import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceReport } from '../../api/report.ts';
import { StatusWriter } from '../../kube/index.ts';
import { type Asked, type FakeApiServer, json, startFakeApiServer } from '../../kube/stand-ins.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { keepLiveReport, type KeptReport } from './live-report.ts';

const OWNER = { apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', name: 'up', uid: 'one' };
const LABELS = {
  'assay.dev/service': 'shop',
  'catalog.assay.dev/BSI-C5-2020': 'true',
  'catalog.assay.dev/ISO-27001-2022': 'true',
};

const criterion: CertificationCriterion = {
  apiVersion: OWNER.apiVersion,
  kind: OWNER.kind,
  metadata: { name: 'up', namespace: 'shop', uid: 'one', generation: 1 },
  spec: {
    title: 'The shop answers',
    service: 'shop',
    controls: [
      { catalog: 'BSI-C5', version: '2020', id: 'OPS-02' },
      { catalog: 'BSI-C5', version: '2020', id: 'OPS-17' },
      { catalog: 'ISO-27001', version: '2022', id: 'A.8.16' },
    ],
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  },
};

function report(metadata: Partial<EvidenceReport['metadata']>): EvidenceReport {
  return {
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'EvidenceReport',
    metadata: { name: 'up', namespace: 'shop', uid: 'r1', resourceVersion: '7', ...metadata },
    spec: { service: 'shop', period: { type: 'Live' } },
  };
}

/** An API server that has one report, or none; what is applied it has from then on. */
function startReports(first: EvidenceReport | undefined): Promise<FakeApiServer> {
  let there: unknown = first;
  return startFakeApiServer(({ method, body }, response) => {
    if (method === 'PATCH') there = JSON.parse(body);
    json(response, there === undefined ? 404 : 200, there ?? { kind: 'Status', reason: 'NotFound', code: 404 });
    if (method === 'DELETE') there = undefined;
  });
}

/** Keeps the live report where the API server has `there`, which the mirror may not show yet. */
async function keep(
  there: EvidenceReport | undefined,
  mirror: 'Mirrored' | 'NotYet' = 'Mirrored',
): Promise<{ kept: KeptReport; asked: readonly Asked[] }> {
  const mirrored = mirror === 'Mirrored' ? there : undefined;
  const reports = await startReports(there);
  const transport = reports.transport();
  const statuses = new StatusWriter({ transport, clock: systemClock, log: silentLogger() });
  try {
    const parts = { transport, statuses, existing: (key: string) => (key === 'shop/up' ? mirrored : undefined) };
    return { kept: await keepLiveReport(parts, criterion, new AbortController().signal), asked: reports.asked };
  } finally {
    await reports.stop();
  }
}

const methods = (asked: readonly Asked[]): string[] => asked.map(({ method }) => method);
const bodyOf = (asked: readonly Asked[], method: string): Partial<EvidenceReport> | undefined => {
  const text = asked.find((each) => each.method === method)?.body;
  return text === undefined ? undefined : (JSON.parse(text) as Partial<EvidenceReport>);
};
const applied = (asked: readonly Asked[]): Partial<EvidenceReport> | undefined => bodyOf(asked, 'PATCH');

describe('a live report that is not there', () => {
  test('is made under the name of its criterion, and owned by it', async () => {
    const { kept, asked } = await keep(undefined);
    expect(kept.kind).toBe('Kept');
    expect(asked.at(-1)?.url.pathname).toBe('/apis/assay.dev/v1alpha1/namespaces/shop/evidencereports/up');
    expect(applied(asked)).toMatchObject({
      kind: 'EvidenceReport',
      metadata: { name: 'up', namespace: 'shop', ownerReferences: [{ ...OWNER, controller: true }] },
      spec: { service: 'shop', criteria: { names: ['up'] }, period: { type: 'Live' } },
    });
  });

  test('is found by service and catalogs, each catalog once', async () => {
    const { asked } = await keep(undefined);
    expect(applied(asked)?.metadata?.labels).toEqual(LABELS);
  });
});

describe('a live report that is there', () => {
  test('as it should be, costs no request', async () => {
    const own = report({ ownerReferences: [OWNER], labels: { ...LABELS, more: 'of somebody else' } });
    const { kept, asked } = await keep(own);
    expect(kept).toEqual({ kind: 'Kept', report: own });
    expect(asked).toEqual([]);
  });

  test.each(
    Object.entries({
      'without its labels': {},
      'with another catalog than the criterion now names': { ...LABELS, 'catalog.assay.dev/BSI-C5-2020': 'false' },
    }),
  )('%s, is labelled anew', async (_sentence, labels) => {
    const { kept, asked } = await keep(report({ ownerReferences: [OWNER], labels }));
    expect(kept.kind).toBe('Kept');
    expect(applied(asked)?.metadata?.labels).toEqual(LABELS);
  });

  test('but is not mirrored yet, is not made a second time: it is updated', async () => {
    const { kept, asked } = await keep(report({ ownerReferences: [OWNER] }), 'NotYet');
    expect(kept.kind).toBe('Kept');
    expect(methods(asked)).not.toContain('DELETE');
  });
});

describe('an object that somebody else made under the name', () => {
  const others = {
    'by hand': report({}),
    'and owned by another criterion': report({ ownerReferences: [{ ...OWNER, name: 'other', uid: 'two' }] }),
    'and owned by an object of another kind': report({ ownerReferences: [{ ...OWNER, kind: 'Certification', uid: 'two' }] }),
  };

  test.each(Object.entries(others))('%s, is left alone', async (_sentence, other) => {
    const { kept, asked } = await keep(other);
    expect(kept.kind).toBe('Taken');
    expect(methods(asked).filter((method) => method !== 'GET')).toEqual([]);
  });

  test('is left alone although the mirror does not show it yet', async () => {
    const { kept, asked } = await keep(others['by hand'], 'NotYet');
    expect(kept.kind).toBe('Taken');
    expect(applied(asked)).toBeUndefined();
  });
});

test('what a deleted criterion of the same name left behind makes way', async () => {
  const leftOver = report({ ownerReferences: [{ ...OWNER, uid: 'zero' }] });
  const { kept, asked } = await keep(leftOver);
  expect(kept.kind).toBe('Kept');
  expect(bodyOf(asked, 'DELETE')).toMatchObject({ preconditions: { uid: 'r1' } });
  expect(applied(asked)?.metadata?.ownerReferences).toMatchObject([{ uid: 'one' }]);
});

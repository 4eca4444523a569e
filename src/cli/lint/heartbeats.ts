import { SOURCE } from '../../api/kinds.ts';
import { valueAt } from '../../api/validate-paths.ts';
import type { Finding, Manifest } from '../manifests/index.ts';
import { evidenceTexts } from './evidence-items.ts';

/**
 * Sources that are an Alertmanager and name no alert that always fires: one that has just started knows no alerts, and one that sends
 * none may be gone. A source that nobody here asks for alerts may be there to be reachable only.
 */
export function heartbeatFindings(manifests: readonly Manifest[]): Finding[] {
  const asked = new Set(manifests.flatMap((manifest) => evidenceTexts(manifest, 'source', ['alerts']).map(({ text }) => text)));
  return manifests.flatMap((manifest) => {
    const { object } = manifest;
    const of = (...field: string[]): unknown => valueAt(object, field);
    if (of('kind') !== SOURCE.kind || of('spec', 'heartbeat') !== undefined) return [];
    const isReceiver = of('spec', 'alertmanager', 'intake') !== undefined;
    if (isReceiver) return [manifest.finding('warning', ['spec', 'alertmanager', 'intake'], RECEIVED)];
    const isAsked = of('spec', 'alertmanager') !== undefined && asked.has(String(of('metadata', 'name')));
    return isAsked ? [manifest.finding('warning', ['spec', 'alertmanager'], PULLED)] : [];
  });
}

const ADVICE = 'name an alert that always fires, as in heartbeat: alertname="Watchdog"';
const PULLED = `without a heartbeat, 0 right after a start of Alertmanager is no proof that nothing fires; ${ADVICE}`;
const RECEIVED = `without a heartbeat it is never known that nothing fires; ${ADVICE}`;

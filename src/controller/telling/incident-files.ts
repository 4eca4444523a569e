import type { EvidenceStore } from '../../evidence/index.ts';
import type { Attachment } from '../../notify/index.ts';
import { levelOf, type Story } from '../../notify/stories/story.ts';
import { incidentDocument, type IncidentRecord } from '../../report/index.ts';

/** The document of an incident that was resolved, as an audience may read it; nothing of any other story. */
export async function incidentFiles(store: EvidenceStore, story: Story, audience: string): Promise<readonly Attachment[]> {
  const { kind, ended, namespace, service, id } = story;
  if (kind !== 'Incident' || ended?.how !== 'Resolved') return [];
  const records: IncidentRecord[] = [];
  for await (const record of store.read({ namespace, service, kinds: ['IncidentChanged'] })) {
    if (record.kind === 'IncidentChanged' && `${namespace}/${record.body.incident}` === id) records.push(record);
  }
  const { pdf, json } = await incidentDocument(records, { level: levelOf(audience), issuedAt: ended.at });
  return [pdf, json];
}

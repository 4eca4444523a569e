import type { ServiceRecords } from './logs.ts';

/** What is wrong with the numbers of the records, and with who wrote them. That bytes match digests is checked by whoever reads them. */
export function numberComplaints(services: readonly ServiceRecords[]): string[] {
  return services.flatMap((service) => [...holes(service), ...leaders(service)]);
}

function holes({ namespace, service, records }: ServiceRecords): string[] {
  const wrong = records.findIndex(({ head }, index) => head.seq !== index);
  return wrong === -1 ? [] : [`the log of ${namespace}/${service} has ${records[wrong]?.head.seq} where ${wrong} belongs`];
}

/** Each start has an epoch of its own, and whoever was followed by another writes nothing more. */
function leaders({ namespace, service, records }: ServiceRecords): string[] {
  const complaints: string[] = [];
  let latest = -1;
  for (const { kind, head, body } of records) {
    if (kind !== 'OperatorStarted' && kind !== 'OperatorStopped') continue;
    const { leaderEpoch } = body;
    const right = kind === 'OperatorStarted' ? leaderEpoch > latest : leaderEpoch === latest;
    if (!right) complaints.push(`${kind} ${head.seq} in ${namespace}/${service} has the epoch ${leaderEpoch} after ${latest}`);
    latest = Math.max(latest, leaderEpoch);
  }
  return complaints;
}

import type { World } from '../cluster/operator-world.ts';

/** Makes etcd forget all that was before now. Whoever holds an older version, and asks etcd itself for it, is answered 410. */
export async function compactEtcd({ cluster }: World): Promise<void> {
  const { header } = (await ask(cluster.etcdUrl, 'range', { key: 'AA==' })) as { header: { revision: string } };
  await ask(cluster.etcdUrl, 'compaction', { revision: header.revision, physical: true });
}

async function ask(url: string, what: string, body: object): Promise<unknown> {
  const answer = await fetch(`${url}/v3/kv/${what}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd refuses ${what}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

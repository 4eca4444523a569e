import { GROUP } from '../../api/common.ts';
import type { Writer } from '../../domain/writing.ts';
import type { Transport } from '../../kube/index.ts';

/** A right to do something with objects of Assay. */
export interface AskedRight {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string;
}

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
/** Whoever has a name in Kubernetes is in this group, and rights may be granted to it. */
const EVERYBODY_KNOWN = 'system:authenticated';
const TIMEOUT_MS = 10_000;

/** Whether somebody may do it, as the API server decides it. Throws KubeError. */
export async function mayDo(transport: Transport, { user, groups, uid, extra }: Writer, right: AskedRight): Promise<boolean> {
  const spec = {
    ...{ user, groups: [...new Set([...groups, EVERYBODY_KNOWN])], uid, extra },
    resourceAttributes: { group: GROUP, ...right },
  };
  const answer = (await transport.request({
    ...{ method: 'POST', path: PATH, timeoutMs: TIMEOUT_MS },
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
    // Nothing is stored.
    idempotent: true,
  })) as { readonly status?: { readonly allowed?: boolean } };
  return answer.status?.allowed === true;
}

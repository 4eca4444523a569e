import type { Draft } from '../../src/api/validate.fixtures.ts';

import { SYSTEM } from './operator-world.ts';

// Who does what under the roles and admission policies of the chart, and how the API server may answer.

const as = (user: string): string[] => [`--as=${user}`];
/** With every right there is; only admission is in the way. */
const mighty = (user: string): string[] => [...as(user), '--as-group=system:masters'];

export const WHO = {
  'the operator': as(`system:serviceaccount:${SYSTEM}:assay`),
  'the operator, if it had every right': mighty(`system:serviceaccount:${SYSTEM}:assay`),
  'a service account of this name elsewhere': mighty('system:serviceaccount:shop:assay'),
  'the admin of the cluster': mighty('root'),
  'the garbage collector': mighty('system:serviceaccount:kube-system:generic-garbage-collector'),
  'the garbage collector of a cluster where all controllers are one user': mighty('system:kube-controller-manager'),
  'somebody who may do everything with these kinds': as('paula'),
  'an editor': as('edgar'),
  'a viewer': as('vera'),
  'the authority': as('aude'),
} as const;
export type Who = keyof typeof WHO;

/** What somebody does, as kubectl takes it. */
export interface Act {
  readonly args: readonly string[];
  readonly input?: object;
}

export const named = (name: string, object: Draft): Draft => ({ ...object, metadata: { ...object.metadata, name } });
export const create = (object: Draft): Act => ({ args: ['create', '-f', '-'], input: object });
export const patch = (target: string, change: object, subresource?: string): Act => ({
  args: [
    'patch',
    target,
    '-n',
    'shop',
    '--type=merge',
    '-p',
    JSON.stringify(change),
    ...(subresource ? [`--subresource=${subresource}`] : []),
  ],
});
export const remove = (target: string): Act => ({ args: ['delete', target, '-n', 'shop'] });
export const get = (target: string): Act => ({ args: ['get', target, '-n', 'shop'] });

export const YES = 'yes';
export const BY_RIGHTS = /^Error from server \(Forbidden\): (?!.*ValidatingAdmissionPolicy)/;
export const STATUS = /ValidatingAdmissionPolicy 'assay-status' .*: a status of Assay's kinds is written by its operator alone/;
export const COMMENT = /ValidatingAdmissionPolicy 'assay-comments' .*: a comment is made by who writes it/;
/** Who is answered how. */
export type Answers = Partial<Record<Who, typeof YES | RegExp>>;

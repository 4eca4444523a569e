import type { CommentKind } from '../api/comment.ts';
import type { Severity } from '../api/common.ts';
import type { IncidentSpec } from '../api/incident.ts';
import type { IncidentEdit } from './incident-edit.ts';

/** A person as Kubernetes knows them. */
export interface Writer {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** What else it knows, such as the scopes of a token; it may bound what they may do. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What somebody wants to have written. */
export type Write =
  | {
      readonly kind: 'OpenIncident';
      readonly namespace: string;
      readonly service: string;
      readonly title: string;
      readonly severity?: Severity;
    }
  | { readonly kind: 'EditIncident'; readonly namespace: string; readonly incident: string; readonly edit: IncidentEdit }
  | {
      readonly kind: 'Comment';
      readonly namespace: string;
      readonly service: string;
      readonly criterion: string;
      /** Absent: whatever of the criterion is open. */
      readonly deviation?: string;
      readonly about: CommentKind;
      readonly text: string;
      /** Of what is withheld, from whom. */
      readonly audience?: string;
    };

/** The right that a person lacks, in the words of RBAC. */
export interface Forbidden {
  readonly kind: 'Forbidden';
  readonly verb: 'create' | 'update' | 'acknowledge';
  readonly resource: 'incidents' | 'deviationcomments';
}

/** Nothing is known: the API server gave no answer, or one that may be another in a moment. */
export interface NotNow {
  readonly kind: 'NotNow';
}

/** What became of it. */
export type Written =
  /** It is there, now or since an earlier delivery of the same request. */
  | { readonly kind: 'Written'; readonly name: string }
  /** The same person said so before, in the same words. */
  | { readonly kind: 'Same' }
  | Forbidden
  | NotNow
  /** What it speaks of is not there any more. */
  | { readonly kind: 'Gone' }
  /** Not in the state that the incident is in. */
  | { readonly kind: 'Impossible'; readonly state: NonNullable<IncidentSpec['state']> }
  | { readonly kind: 'Full' }
  /** The API server does not accept it. */
  | { readonly kind: 'Refused' };

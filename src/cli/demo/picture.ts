import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceReport } from '../../api/report.ts';
import type { Kubectl } from './kubectl.ts';
import type { Rooms, Told } from './rooms.ts';

/** A Kubernetes Event, as `kubectl get events -o json` shows it. */
export interface SeenEvent {
  readonly kind: 'Event';
  readonly reason: string;
  readonly message: string;
}

/** All that a user could see in the namespace of the shop at one moment. */
export interface Picture {
  readonly criterion: CertificationCriterion | undefined;
  readonly report: EvidenceReport | undefined;
  readonly events: readonly SeenEvent[];
  /** What each audience was told, in the order in which it came. */
  readonly told: readonly Told[];
}

type Item = CertificationCriterion | EvidenceReport | SeenEvent;

/** Takes a picture of a namespace, and of the rooms. */
export async function takePicture(kubectl: Kubectl, namespace: string, { told }: Rooms): Promise<Picture> {
  const listed = await kubectl('get', 'certificationcriteria,evidencereports,events', '-n', namespace, '-o', 'json');
  return pictureOf((JSON.parse(listed) as { items: readonly Item[] }).items, told);
}

/** Sorts what was listed by its kind. */
export function pictureOf(items: readonly Item[], told: readonly Told[]): Picture {
  const ofKind = <T extends Item>(kind: string): T[] => items.filter((item): item is T => item.kind === kind);
  const [criterion] = ofKind<CertificationCriterion>('CertificationCriterion');
  const [report] = ofKind<EvidenceReport>('EvidenceReport');
  return { criterion, report, events: ofKind<SeenEvent>('Event'), told };
}

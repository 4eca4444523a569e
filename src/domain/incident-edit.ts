import type { IncidentResolution, IncidentSpec } from '../api/incident.ts';

/** What somebody wants to say of an incident. */
export type IncidentEdit =
  | { readonly kind: 'Update'; readonly audience: string; readonly text: string }
  | { readonly kind: 'Resolve'; readonly resolution: IncidentResolution }
  | { readonly kind: 'Dismiss'; readonly reason: string }
  | { readonly kind: 'Confirm' }
  | { readonly kind: 'Reopen' }
  | { readonly kind: 'Acknowledge'; readonly audience: string };

type State = NonNullable<IncidentSpec['state']>;

/** What becomes of an incident by it. */
export type Edited =
  | { readonly kind: 'Changed'; readonly spec: IncidentSpec }
  /** It says so already, in the same words of the same person. */
  | { readonly kind: 'Same' }
  /** Not in the state that it is in. */
  | { readonly kind: 'Impossible'; readonly state: State }
  /** It has as many updates or acknowledgements as it takes. */
  | { readonly kind: 'Full' };

const MOST_UPDATES = 200;
const MOST_ACKNOWLEDGEMENTS = 64;

const GOING_ON: readonly State[] = ['Suspected', 'Open'];
const OVER: readonly State[] = ['Resolved', 'Dismissed'];

const POSSIBLE: Readonly<Record<IncidentEdit['kind'], readonly State[]>> = {
  Update: [...GOING_ON, ...OVER],
  Resolve: GOING_ON,
  Dismiss: GOING_ON,
  Confirm: ['Suspected'],
  Reopen: OVER,
  Acknowledge: ['Resolved'],
};

/** Whether something can be said of an incident in a state, where it was not said before. */
export const possibleIn = (edit: IncidentEdit['kind'], state: State): boolean => POSSIBLE[edit].includes(state);

/** The incident as it is once somebody has said it; what was said before stands. @param user as Kubernetes knows the person */
export function edited(spec: IncidentSpec, edit: IncidentEdit, user: string): Edited {
  const { state = 'Open' } = spec;
  switch (edit.kind) {
    case 'Update':
      return updated(spec, edit, user);
    case 'Resolve':
      return resolved(spec, edit.resolution, user);
    case 'Dismiss':
      return dismissed(spec, edit.reason, user);
    case 'Confirm':
      if (state === 'Open') return { kind: 'Same' };
      return possibleIn('Confirm', state) ? { kind: 'Changed', spec: { ...spec, state: 'Open' } } : { kind: 'Impossible', state };
    case 'Reopen':
      return reopened(spec);
    case 'Acknowledge':
      return acknowledged(spec, edit.audience, user);
  }
}

function updated(spec: IncidentSpec, { audience, text }: { audience: string; text: string }, user: string): Edited {
  const { updates = [] } = spec;
  const isSaid = updates.some((each) => each.author === user && each.audience === audience && each.text === text);
  if (isSaid) return { kind: 'Same' };
  if (updates.length >= MOST_UPDATES) return { kind: 'Full' };
  const id = Math.max(0, ...updates.map((each) => each.id)) + 1;
  return { kind: 'Changed', spec: { ...spec, updates: [...updates, { id, author: user, audience, text }] } };
}

function resolved(spec: IncidentSpec, resolution: IncidentResolution, user: string): Edited {
  const { state = 'Open', resolver } = spec;
  if (state === 'Resolved' && resolver === user && isSameResolution(spec.resolution, resolution)) return { kind: 'Same' };
  if (!possibleIn('Resolve', state)) return { kind: 'Impossible', state };
  return { kind: 'Changed', spec: { ...spec, state: 'Resolved', resolution, resolver: user } };
}

const isSameResolution = (one: IncidentResolution | undefined, other: IncidentResolution): boolean =>
  one?.cause === other.cause && one.measures === other.measures && one.prevention === other.prevention;

/** What was an incident can be none after all; what is over is opened again first. */
function dismissed(spec: IncidentSpec, reason: string, user: string): Edited {
  const { state = 'Open', dismissal } = spec;
  if (state === 'Dismissed' && dismissal?.author === user && dismissal.reason === reason) return { kind: 'Same' };
  if (!possibleIn('Dismiss', state)) return { kind: 'Impossible', state };
  return { kind: 'Changed', spec: { ...spec, state: 'Dismissed', dismissal: { author: user, reason } } };
}

/** How it ended stays on record; the object speaks of what goes on. */
function reopened(spec: IncidentSpec): Edited {
  const { state = 'Open', resolution: _resolution, resolver: _resolver, ...others } = spec;
  const { dismissal: _dismissal, acknowledgements: _acknowledgements, ...rest } = others;
  if (state === 'Open') return { kind: 'Same' };
  return possibleIn('Reopen', state) ? { kind: 'Changed', spec: { ...rest, state: 'Open' } } : { kind: 'Impossible', state };
}

function acknowledged(spec: IncidentSpec, audience: string, user: string): Edited {
  const { state = 'Open', acknowledgements = [] } = spec;
  if (!possibleIn('Acknowledge', state)) return { kind: 'Impossible', state };
  if (acknowledgements.some((each) => each.audience === audience && each.by === user)) return { kind: 'Same' };
  if (acknowledgements.length >= MOST_ACKNOWLEDGEMENTS) return { kind: 'Full' };
  return { kind: 'Changed', spec: { ...spec, acknowledgements: [...acknowledgements, { audience, by: user }] } };
}

/**
 * Tells people in a channel of Microsoft Teams, by way of a workflow that starts when a webhook is posted to. The workflow answers before
 * it has posted the card, and says nothing of the message: it can be neither edited nor answered.
 */
import type { DeliveryResult, Notifier, NotifierOptions, Platform, Probe } from '../notifier.ts';
import { secretAddress } from '../secret-address.ts';
import { newSender, resultOfStatus, type Sent } from '../sending.ts';
import { teamsBody } from './encode.ts';
import { failureOf, saysOnlyPost } from './failure.ts';

export const teams: Platform<'teams'> = {
  abilities: () => ({ edits: false, threads: false, files: false, once: false }),
  open: ({ webhookSecret }, options) => newTeams(options.secret(webhookSecret), options),
};

function newTeams(address: string, options: NotifierOptions): Notifier {
  const { url, query } = secretAddress(address);
  const sender = newSender({ ...options, url });
  const now = (): number => options.clock.now();
  return {
    deliver: async ({ action, card }, signal) => {
      if (action.kind === 'Edit') return CANNOT_EDIT;
      return resultOf(await sender.send({ ...POST, path: query, body: teamsBody(card) }, signal), now());
    },
    // The trigger takes POST alone and starts nothing for any other method; what it says tells whether it would have.
    probe: async (_place, signal) => probeOf(await sender.send({ method: 'GET', path: query, repeatable: true }, signal), now()),
    close: () => sender.close(),
  };
}

const POST = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
const CANNOT_EDIT: DeliveryResult = { kind: 'Gone', message: 'a message in Teams can not be edited by a workflow' };

function resultOf(sent: Sent, now: number): DeliveryResult {
  if (sent.kind !== 'Answer') return sent;
  const failure = failureOf(sent);
  if (failure !== undefined) return failure;
  return sent.status < 300 ? { kind: 'Delivered' } : resultOfStatus(sent, now);
}

function probeOf(sent: Sent, now: number): Probe {
  if (sent.kind === 'Unanswered') return { kind: 'NotNow', message: sent.message };
  if (sent.kind !== 'Answer') return sent;
  if (sent.status < 300 || saysOnlyPost(sent)) return { kind: 'Ready', drift: [] };
  const result = failureOf(sent) ?? resultOfStatus(sent, now);
  if (result.kind === 'Stopped' || result.kind === 'NotNow') return result;
  return { kind: 'NotNow', message: result.kind === 'Delivered' ? 'no answer that can be read' : result.message };
}

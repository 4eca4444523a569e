import type { DeliveryResult } from '../notifier.ts';
import type { Refusal, SmtpFailure, Visit } from './smtp.ts';

type Failed = Extract<Visit, { kind: 'Failed' }>;
type Meaning = Extract<DeliveryResult, { kind: 'NotNow' | 'Unanswered' | 'Rejected' | 'Stopped' }>;

/** A code of 4xx: the same may be taken later (RFC 5321 4.2.1); all else that refuses does so for good. */
export const isTemporary = ({ code }: Pick<Refusal, 'code'>): boolean => code >= 400 && code < 500;

/** What it means that a visit failed. */
export function meaningOf({ error, begun }: Failed): Meaning {
  const { code } = error;
  if (code === undefined) return withoutCode(error, begun);
  if (isTemporary({ code })) return { kind: 'NotNow', message: `the mail server can not take the mail now (${code})` };
  return forGood(error, code);
}

function withoutCode({ type, cause, command }: SmtpFailure, begun: boolean): Meaning {
  if (type === 'EMESSAGE') return { kind: 'Rejected', message: TOO_LARGE };
  if (type === 'EAUTH') return { kind: 'Stopped', message: 'the mail server knows no way to log in that Assay knows too' };
  if (type === 'EENVELOPE' && command === 'API') return { kind: 'Stopped', message: 'an address can not be used in a mail' };
  const message = `no answer of the mail server (${cause ?? type})`;
  return { kind: begun ? 'Unanswered' : 'NotNow', message };
}

const TOO_LARGE = 'the mail is larger than the mail server takes';
const SIZE_EXCEEDED = 552;
const LOGIN_WANTED = new Set([530, 534, 535, 538]);

function forGood({ type, command = '', refused }: SmtpFailure, code: number): Meaning {
  const stopped = (sentence: string): Meaning => ({ kind: 'Stopped', message: `${sentence} (${code})` });
  if (type === 'EAUTH') return stopped('the mail server refuses user name or password');
  if (type === 'ETLS') return stopped('the mail server offers no StartTLS');
  if (LOGIN_WANTED.has(code)) return stopped('the mail server wants a login, or one that is encrypted');
  if (command === 'RCPT TO') return ofReceivers(refused, code);
  if (code === SIZE_EXCEEDED) return { kind: 'Rejected', message: `${TOO_LARGE} (${code})` };
  if (command === 'MAIL FROM') return stopped('the mail server refuses the sender');
  if (command === 'DATA') return { kind: 'Rejected', message: `the mail server refuses the mail (${code})` };
  return stopped('the mail server does not let Assay in');
}

/** No receiver was taken: while one of them may be later, the mail is not lost. */
function ofReceivers(refused: readonly Refusal[], code: number): Meaning {
  const later = refused.find(isTemporary);
  if (later !== undefined) return { kind: 'NotNow', message: `the mail server can not take the receivers now (${later.code})` };
  return { kind: 'Rejected', message: refused.length === 0 ? `every receiver is refused (${code})` : sentenceOn(refused) };
}

const MOST_NAMED = 5;

/** Names who is refused. */
export function sentenceOn(refused: readonly Refusal[]): string {
  const named = refused.slice(0, MOST_NAMED).map(({ address, code }) => `${address} (${code})`);
  const more = refused.length - named.length;
  return `the mail server refuses ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

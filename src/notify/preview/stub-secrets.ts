import type { SecretKeyRef } from '../../api/common.ts';

const TOKEN = 'preview-instead-of-the-secret';
/** An address that nothing answers at, for platforms whose address is secret as a whole. */
const ADDRESS = 'https://preview.invalid/instead-of-the-secret';
const SIGNING = `whsec_${Buffer.from('preview, instead of the secret').toString('base64')}`;

/** What stands for the Secrets of a platform's settings; each is of the form that its field wants. */
export function stubSecrets(settings: object): (ref: SecretKeyRef) => string {
  const fields = Object.entries(settings);
  return (ref) => {
    const name = fields.find(([, value]) => value === ref)?.[0] ?? '';
    if (name === 'webhookSecret') return ADDRESS;
    return name === 'signingSecret' ? SIGNING : TOKEN;
  };
}

/** A text in which nothing stands that was made of a Secret. */
export function masked(text: string): string {
  return [ADDRESS, SIGNING, TOKEN].reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

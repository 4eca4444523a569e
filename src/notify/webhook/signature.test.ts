import { newSign } from './signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
// The example that the libraries of github.com/standard-webhooks/standard-webhooks are tested with.
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

test('signs as the example of the specification', () => {
  expect(newSign(`${SECRET}\n`)(ID, '{"test": 2432232314}', 1_614_265_330_999)).toEqual({
    'webhook-timestamp': '1614265330',
    'webhook-signature': SIGNATURE,
  });
});

test('while a secret is exchanged for another, both sign', () => {
  const other = `whsec_${Buffer.alloc(64, 7).toString('base64')}`;
  const headers = newSign(`${other} ${SECRET}`)(ID, '{"test": 2432232314}', 1_614_265_330_000);
  expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  expect(headers['webhook-signature']!.split(' ')[1]).toBe(SIGNATURE);
});

test.each(
  Object.entries({
    'without its prefix': 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'too short': `whsec_${Buffer.alloc(23).toString('base64')}`,
    'too long': `whsec_${Buffer.alloc(65).toString('base64')}`,
    'not base64': 'whsec_canary!canary!canary!canary!canary!',
    empty: '',
    'five of them': Array.from({ length: 5 }, () => SECRET).join(' '),
  }),
)('a secret that is none is refused, and not repeated: %s', (_sentence, secret) => {
  expect(() => newSign(secret)).toThrow(
    /^the Secret holds (no whsec_ with 24 to 64 bytes in base64|more than 4 signing secrets)$/,
  );
});

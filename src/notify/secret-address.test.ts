import { secretAddress } from './secret-address.ts';

test('an address comes in two pieces, without what stands around it', () => {
  expect(secretAddress(' https://host.example:8443/a/b?sig=x&v=1#part\n')).toEqual({
    ...{ url: 'https://host.example:8443/a/b', query: '?sig=x&v=1' },
  });
});

test.each(['', 'canary', 'ftp://canary.example/x', 'https://canary:pass@host.example/x'])(
  '%p is none, and is not repeated',
  (text) => {
    expect(() => secretAddress(text)).toThrow('the Secret holds no address of the form https://host/path');
  },
);

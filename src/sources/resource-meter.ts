/** What an expression may still look at; each look at an object takes a step. */
export interface Meter {
  /** @throws RangeError when nothing is left; whoever catches it on the way, `isSpent` stays true. */
  spend(steps: number): void;
  readonly isSpent: boolean;
}

/** Makes a meter of so many steps; `within` is another one that they are taken from too. */
export function newMeter(steps: number, within?: Meter): Meter {
  let left = steps;
  return {
    spend: (taken) => {
      left -= taken;
      within?.spend(taken);
      if (left < 0) throw new RangeError('no steps are left');
    },
    get isSpent() {
      return left < 0;
    },
  };
}

// What is compared within a loop has to be short; what is longer can not be looked at.
const MAX_TEXT = 4096;

/** A value of JSON as an expression sees it: whole numbers are ints, and every look into it is metered. */
export function metered(value: unknown, meter: Meter): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return notTooLong(value);
  return typeof value === 'object' && value !== null ? new Proxy(value, new Metering(meter)) : value;
}

function notTooLong(text: string): string {
  if (text.length > MAX_TEXT) throw new RangeError('a text is too long');
  return text;
}

class Metering implements ProxyHandler<object> {
  readonly #meter: Meter;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  get(target: object, key: string | symbol): unknown {
    // Expressions are typed by what made a value, which is not for a field of that name to say.
    if (key === 'constructor') return Array.isArray(target) ? Array : Object;
    const value: unknown = Reflect.get(target, key);
    if (!Object.hasOwn(target, key)) return value;
    this.#meter.spend(1);
    return key === 'length' && Array.isArray(target) ? value : metered(value, this.#meter);
  }

  ownKeys(target: object): (string | symbol)[] {
    const keys = Reflect.ownKeys(target);
    this.#meter.spend(keys.length);
    for (const key of keys) if (typeof key === 'string') notTooLong(key);
    return keys;
  }
}

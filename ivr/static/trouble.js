// What can go wrong with a telephone in the page: one code for each thing a person can do about it.

/** A failure by its code; `stops` says that trying again needs somebody to do something first. */
export class Trouble extends Error {
  constructor(code, { stops = false } = {}) {
    super(code);
    this.code = code;
    this.stops = stops;
  }
}

// https://www.twilio.com/docs/voice/sdks/javascript/error-codes
const CODES = [
  [/^(2010\d|2015\d|3120\d|51007)$/, "token_refused"],
  [/^31401$/, "no_permission", true],
  [/^31402$/, "no_microphone", true],
  [/^(31603|31486)$/, "not_on_shift", true],
  [/^3100[12]$/, "not_configured", true],
  [/^53\d{3}$/, "no_sound"],
];

/** What an error of Twilio's Voice SDK means here. */
export function troubleOf(error) {
  if (error instanceof Trouble) return error;
  const codes = [error?.originalError?.code, error?.code].filter(Boolean).map(String);
  for (const [pattern, code, stops = false] of CODES) {
    if (codes.some((found) => pattern.test(found))) return new Trouble(code, { stops });
  }
  return new Trouble("no_line");
}

/** The promise's result, or Trouble of this code after so many milliseconds: the SDK waits for ever. */
export function within(promise, milliseconds, code) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Trouble(code)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// How numbers, intervals and counts are printed: synthesis.wording and the measures' own printing, to the letter.

const MINUS = "\u2212";
const MISSING = "\u2013";

// As Python rounds: a tie, which only a fraction of a power of two can be, goes to the even digit.
function rounded(size, digits) {
  const halves = size * 2 ** (digits + 1);
  const isTie = Number.isInteger(halves) && !Number.isInteger(size * 10 ** digits);
  const text = size.toFixed(digits);
  if (!isTie || Number(text.at(-1)) % 2 === 0) return text;
  return (size - 10 ** -(digits + 2)).toFixed(digits);
}

export function number(value, digits = 2, signed = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const [whole, decimals] = rounded(Math.abs(value), digits).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (decimals ? `.${decimals}` : "");
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? MINUS : signed ? "+" : "") + text;
}

export const interval = (low, high, digits = 2) => `${number(low, digits)} to ${number(high, digits)}`;
export const percent = (value) => `${number(value, 0)}%`;
export const share = (value) => `${Number((100 * value).toPrecision(6))}%`;
export const count = (n, noun, plural = `${noun}s`) => `${number(n, 0)} ${n === 1 ? noun : plural}`;
export const upperFirst = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
export const lowerFirst = (text) => (/[A-Z]/.test(text[1] ?? "") ? text : text.slice(0, 1).toLowerCase() + text.slice(1));

export function listed(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "");
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

// A text from right to left within a sentence, set apart so that it does not pull the numbers beside it along.
const apart = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

// A whole sentence with its gaps filled.
export function fill(sentence, gaps) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => apart(String(gaps[name] ?? "")));
}

export const natural = (measure, value) => (measure.ratio ? Math.exp(value) : value);

// An effect of the analysis scale as people read it; `digits` where more than the usual are asked for.
export function effectText(measure, value, digits) {
  const shown = natural(measure, value);
  if (!measure.ratio || Number.isNaN(shown)) return number(shown, digits ?? 2);
  if (shown < 0.001) return "<0.001";
  return number(shown, digits ?? (shown < 0.095 ? 3 : shown < 9.95 ? 2 : shown < 99.5 ? 1 : 0));
}

export function effectInterval(measure, low, high, digits) {
  return `${effectText(measure, low, digits)} to ${effectText(measure, high, digits)}`;
}

export function withInterval(measure, value, low, high) {
  return Number.isNaN(value) ? "" : `${effectText(measure, value)} (${effectInterval(measure, low, high)})`;
}

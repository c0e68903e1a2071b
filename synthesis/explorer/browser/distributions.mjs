// Tails and quantiles of the reference distributions, to about twelve digits: what synthesis.statistics asks of SciPy.

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const SMALLEST = 1e-300;
const MOST_TERMS = 10_000;

// Series and continued fractions are asked to the last digit; beyond it a term changes nothing.
const settles = (factor) => Math.abs(factor - 1) < 1e-16;

function logGamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const at = x - 1;
  const sum = LANCZOS.slice(1).reduce((total, term, i) => total + term / (at + i + 1), LANCZOS[0]);
  const base = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(base) - base + Math.log(sum);
}

// The regularised incomplete gamma function, both halves, each by what converges there: [P(a, x), Q(a, x)].
function gammaHalves(a, x) {
  if (x <= 0) return [0, 1];
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a, sum = term;
    for (let n = 1; n < MOST_TERMS && term > sum * 1e-17; n++) sum += term *= x / (a + n);
    return [front * sum, 1 - front * sum];
  }
  let b = x + 1 - a, c = 1 / SMALLEST, d = 1 / b, value = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (step * d + b || SMALLEST);
    c = b + step / c || SMALLEST;
    value *= c * d;
    if (settles(c * d)) break;
  }
  return [1 - front * value, front * value];
}

function betaFraction(a, b, x) {
  let c = 1, d = 1 / (1 - ((a + b) * x) / (a + 1) || SMALLEST), value = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || SMALLEST);
    c = 1 + even / c || SMALLEST;
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || SMALLEST);
    c = 1 + odd / c || SMALLEST;
    value *= c * d;
    if (settles(c * d)) break;
  }
  return value;
}

// The regularised incomplete beta function I_x(a, b), with 1 - x given too, so that neither end loses its digits.
function betaShare(a, b, x, rest) {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, rest)) / b;
}

// Where a falling function meets zero, by halving until two numbers have none between them.
export function whereItMeetsZero(falling, low, high) {
  for (;;) {
    const middle = (low + high) / 2;
    if (!(middle > low && middle < high)) return middle;  // also where there is no number at all
    if (falling(middle) > 0) low = middle;
    else high = middle;
  }
}

export const normalTail = (z) => (z < 0 ? 1 - normalTail(-z) : 0.5 * gammaHalves(0.5, (z * z) / 2)[1]);

export function tTail(t, df) {
  if (df === Infinity) return normalTail(t);
  if (t < 0) return 1 - tTail(-t, df);
  const square = t * t;
  return 0.5 * betaShare(df / 2, 0.5, df / (df + square), square / (df + square));
}

export const chi2Tail = (q, df) => (q <= 0 ? 1 : gammaHalves(df / 2, q / 2)[1]);

const kept = new Map();

function keep(name, make) {
  if (!kept.has(name)) kept.set(name, make());
  return kept.get(name);
}

// The quantile of Student's t for a probability above one half; of the normal where df is Infinity.
export function tQuantile(p, df) {
  return keep(`t ${p} ${df}`, () => {
    let high = 1;
    while (tTail(high, df) > 1 - p) high *= 2;
    return whereItMeetsZero((t) => tTail(t, df) - (1 - p), 0, high);
  });
}

export const normalQuantile = (p) => tQuantile(p, Infinity);

export function chi2Quantile(p, df) {
  return keep(`chi2 ${p} ${df}`, () => {
    let high = df + 1;
    while (chi2Tail(high, df) > 1 - p) high *= 2;
    const falls = p < 0.5 ? (q) => p - gammaHalves(df / 2, q / 2)[0] : (q) => chi2Tail(q, df) - (1 - p);
    return whereItMeetsZero(falls, 0, high);
  });
}

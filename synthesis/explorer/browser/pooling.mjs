// The models of synthesis.statistics.models on arrays: one average, or a line on one moderator. Numbers in, numbers out;
// what is not identified is NaN. Whether a number may be put into words is decided elsewhere.

import { chi2Quantile, chi2Tail, normalQuantile, normalTail, tQuantile, tTail, whereItMeetsZero } from "./distributions.mjs";

// Where the likelihood is looked at before it is climbed, as shares u of the axis with tau2 = scale * u / (1 - u): close
// enough that the highest of two hills is not missed, closest at zero, where most of them end.
const LOOKS = [0, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, ...Array.from({ length: 48 }, (_, i) => (i + 1) / 49), 0.99, 0.999, 1 - 1e-6];

const sum = (values) => values.reduce((total, value) => total + value, 0);
const dot = (a, b) => a.reduce((total, value, i) => total + value * b[i], 0);

// Weighted least squares at one tau2. The moderator is taken from its weighted mean, so that X'WX is diagonal: `size`
// holds its entries, `columns` the design in that form.
function fitAt(data, tau2) {
  const w = data.v.map((v) => 1 / (v + tau2));
  const columns = [data.y.map(() => 1)];
  const size = [sum(w)];
  const beta = [dot(w, data.y) / size[0]];
  let centre = 0;
  if (data.x) {
    centre = dot(w, data.x) / size[0];
    columns.push(data.x.map((x) => x - centre));
    size.push(sum(w.map((wi, i) => wi * columns[1][i] ** 2)));
    beta.push(sum(w.map((wi, i) => wi * columns[1][i] * data.y[i])) / size[1]);
  }
  const residuals = data.y.map((y, i) => y - beta.reduce((fit, b, j) => fit + b * columns[j][i], 0));
  const Q = sum(w.map((wi, i) => wi * residuals[i] ** 2));
  return { w, columns, size, beta, centre, residuals, Q };
}

// The trace of the projection P = W - W X (X'WX)^-1 X'W.
function traceOf(fit) {
  return sum(fit.w) - sum(fit.columns.map((column, j) => sum(fit.w.map((w, i) => (w * column[i]) ** 2)) / fit.size[j]));
}

function likelihood(data, tau2, restricted) {
  const fit = fitAt(data, tau2);
  const determinant = restricted ? sum(fit.size.map(Math.log)) : 0;
  return 0.5 * (sum(fit.w.map(Math.log)) - fit.Q - determinant);
}

// Twice the slope of the likelihood in tau2: y'PPy - tr P; without X in the trace for ML.
function score(data, tau2, restricted) {
  const fit = fitAt(data, tau2);
  return sum(fit.w.map((w, i) => (w * fit.residuals[i]) ** 2)) - (restricted ? traceOf(fit) : sum(fit.w));
}

function likelihoodTau2(data, restricted) {
  const scale = momentTau2(data) + sum(data.v) / data.v.length;
  const places = LOOKS.map((u) => (scale * u) / (1 - u));
  const heights = places.map((tau2) => likelihood(data, tau2, restricted));
  const best = heights.indexOf(Math.max(...heights));
  const low = places[Math.max(best - 1, 0)], high = places[Math.min(best + 1, places.length - 1)];
  if (best === 0 && score(data, 0, restricted) <= 0) return 0;
  return whereItMeetsZero((tau2) => score(data, tau2, restricted), low, high);
}

const degrees = (data) => data.y.length - (data.x ? 2 : 1);

function momentTau2(data) {
  const fit = fitAt(data, 0);
  return Math.max(0, (fit.Q - degrees(data)) / traceOf(fit));
}

function hedgesTau2(data) {
  const plain = fitAt({ ...data, v: data.v.map(() => 1) }, 0);
  const leverage = data.v.map((_, i) => sum(plain.columns.map((column, j) => column[i] ** 2 / plain.size[j])));
  const expected = sum(data.v.map((v, i) => v * (1 - leverage[i])));
  return Math.max(0, (plain.Q - expected) / degrees(data));
}

// The tau2 at which the generalised Q, which falls in it, meets a target; zero where it is smaller from the start.
function whereQMeets(data, target) {
  const above = (tau2) => fitAt(data, tau2).Q - target;
  if (above(0) <= 0) return 0;
  let high = sum(data.v) / data.v.length;
  while (above(high) > 0) high *= 2;
  return whereItMeetsZero(above, 0, high);
}

const ESTIMATORS = {
  EE: () => 0,
  DL: momentTau2,
  PM: (data) => whereQMeets(data, degrees(data)),
  REML: (data) => likelihoodTau2(data, true),
  ML: (data) => likelihoodTau2(data, false),
  HE: hedgesTau2,
};

function fitModel(data, { method, ci, level }) {
  const tau2 = ESTIMATORS[method](data);
  const fit = fitAt(data, tau2), df = degrees(data), quiet = fitAt(data, 0);
  // Effects that lie on the line to the last digit have no spread to take a standard error from.
  const spread = fit.Q <= 1e-20 ? 0 : fit.Q / df;
  const factor = { wald: 1, "knapp-hartung": spread, "knapp-hartung-floor": Math.max(1, spread) }[ci];
  const variances = fit.size.map((size) => factor / size);
  const inference = (estimate, se) => {
    const free = ci === "wald" ? Infinity : df;
    const half = tQuantile(0.5 + level / 2, free) * se;
    const pval = se > 0 ? 2 * tTail(Math.abs(estimate / se), free) : NaN;
    return { estimate, se, ci_lb: estimate - half, ci_ub: estimate + half, pval };
  };
  const s2 = df / traceOf(quiet);
  const byQ = { I2: quiet.Q > 0 ? 100 * Math.max(0, (quiet.Q - df) / quiet.Q) : 0, H2: quiet.Q / df };
  const byTau2 = { I2: (100 * tau2) / (tau2 + s2), H2: tau2 / s2 + 1 };
  return { tau2, fit, df, variances, inference, s2, Q: quiet.Q, ...(method === "EE" ? byQ : byTau2) };
}

function weightsOf(fit) {
  const total = sum(fit.w);
  return fit.w.map((w) => (100 * w) / total);
}

// One average of effects: the names are those of the contract's JSON.
export function poolEffects(y, v, options) {
  const { method, level } = options;
  if (y.length === 1) return oneEffect(y[0], v[0], level);
  const data = { y, v };
  const found = fitModel(data, options);
  const average = found.inference(found.fit.beta[0], Math.sqrt(found.variances[0]));
  const isRandom = method !== "EE";
  const half = isRandom ? tQuantile(0.5 + level / 2, found.df) * Math.hypot(average.se, Math.sqrt(found.tau2)) : NaN;
  const [tau2_ci_lb, tau2_ci_ub] = [1, -1].map((side) =>
    isRandom ? whereQMeets(data, chi2Quantile(0.5 + (side * level) / 2, found.df)) : NaN,
  );
  return {
    k: y.length,
    ...average,
    pi_lb: average.estimate - half,
    pi_ub: average.estimate + half,
    tau2: found.tau2,
    tau2_ci_lb,
    tau2_ci_ub,
    I2: found.I2,
    I2_ci_lb: (100 * tau2_ci_lb) / (tau2_ci_lb + found.s2),
    I2_ci_ub: (100 * tau2_ci_ub) / (tau2_ci_ub + found.s2),
    H2: found.H2,
    Q: found.Q,
    Q_df: found.df,
    Q_pval: chi2Tail(found.Q, found.df),
    weights: weightsOf(found.fit),
  };
}

function oneEffect(y, v, level) {
  const se = Math.sqrt(v), half = normalQuantile(0.5 + level / 2) * se;
  const unknown = "pi_lb pi_ub tau2 tau2_ci_lb tau2_ci_ub I2 I2_ci_lb I2_ci_ub H2 Q_pval".split(" ");
  return {
    ...Object.fromEntries(unknown.map((name) => [name, NaN])),
    k: 1,
    estimate: y,
    se,
    ci_lb: y - half,
    ci_ub: y + half,
    pval: 2 * normalTail(Math.abs(y / se)),
    Q: 0,
    Q_df: 0,
    weights: [100],
  };
}

// The prediction interval were the heterogeneity as large as its Q-profile interval allows.
export function predictionAt(y, v, tau2, level) {
  const fit = fitAt({ y, v }, tau2);
  const half = tQuantile(0.5 + level / 2, y.length - 1) * Math.sqrt(1 / fit.size[0] + tau2);
  return [fit.beta[0] - half, fit.beta[0] + half];
}

// The line of benefit on one moderator. `at` gives the line and its interval at any value of it.
export function regressEffects(y, v, x, options) {
  const found = fitModel({ y, v, x }, options);
  const { fit, variances } = found;
  const slope = found.inference(fit.beta[1], Math.sqrt(variances[1]));
  const at = (value) => {
    const away = value - fit.centre;
    const line = found.inference(fit.beta[0] + fit.beta[1] * away, Math.sqrt(variances[0] + away ** 2 * variances[1]));
    return [line.estimate, line.ci_lb, line.ci_ub];
  };
  return {
    k: y.length,
    slope: slope.estimate,
    se: slope.se,
    ci_lb: slope.ci_lb,
    ci_ub: slope.ci_ub,
    pval: slope.pval,
    intercept: at(0)[0],
    tau2: found.tau2,
    tau2_null: ESTIMATORS[options.method]({ y, v }),
    I2: found.I2,
    QE: found.Q,
    QE_df: found.df,
    QE_pval: chi2Tail(found.Q, found.df),
    weights: weightsOf(fit),
    at,
  };
}

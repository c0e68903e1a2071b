// The average of what is left, and all that every other page says of one, in the same words by the same rules.

import { poolEffects, predictionAt } from "./pooling.mjs";
import { count, effectInterval, effectText, fill, interval, number, percent, share, withInterval } from "./wording.mjs";

export const trialsOf = (rows) => new Set(rows.map((row) => row.trial)).size;

// The people analysed, each arm once, and the effects whose arm sizes nobody reports.
function peopleIn(rows) {
  const largest = new Map();
  let unknown = 0;
  for (const row of rows) {
    const sides = [[row.intervention_arm, row.n_intervention], [row.comparator_arm, row.n_comparator]];
    if (sides.some(([, n]) => n === null)) unknown += 1;
    for (const [arm, n] of sides) {
      const key = JSON.stringify([row.trial, arm]);
      if (n !== null && n > (largest.get(key) ?? 0)) largest.set(key, n);
    }
  }
  return { n: Math.trunc([...largest.values()].reduce((total, n) => total + n, 0)), n_unknown: unknown };
}

// The average of what is left, with the contract's names and the codes of what words keep back; null of nothing.
export function average(data, rows, model) {
  if (!rows.length) return null;
  const { fewest_trials, fewest_to_predict } = data.rules, trials = trialsOf(rows);
  const pooled = poolEffects(rows.map((row) => row.yi), rows.map((row) => row.vi), model);
  const withheld = [];
  if (trials < fewest_trials) withheld.push("pool_below_three_trials");
  if (trials < fewest_to_predict && Number.isFinite(pooled.pi_lb)) withheld.push("prediction_below_five_trials");
  return { ...pooled, ...peopleIn(rows), trials, withheld, method: model.method, ci: model.ci, level: model.level };
}

// The prespecified average as it was given; what JSON could not hold is NaN again.
export function plannedAverage(outcome) {
  const numbers = Object.entries(outcome.prespecified).map(([name, value]) => [name, value ?? NaN]);
  return { ...Object.fromEntries(numbers), trials: outcome.trials };
}

// Whom an interval of benefit favours; nobody where no direction is settled.
export function favours(low, high) {
  if (Number.isNaN(low) || Number.isNaN(high)) return "direction_unsettled";
  return low > 0 ? "peer_support" : high < 0 ? "comparison" : "left_open";
}

const turnOf = (outcome) => outcome.turn ?? NaN;

// Ends of an interval as benefit, the lower first; both NaN where no direction is settled.
export function benefitOf(outcome, low, high) {
  const ends = [turnOf(outcome) * low, turnOf(outcome) * high];
  return ends[0] > ends[1] ? ends.reverse() : ends;
}

export const isTooFew = (pooled) => pooled.withheld.includes("pool_below_three_trials");

export function predictionOf(pooled) {
  return pooled.withheld.includes("prediction_below_five_trials") ? [NaN, NaN] : [pooled.pi_lb, pooled.pi_ub];
}

function people({ n, n_unknown }) {
  if (n_unknown && !n) return "an unreported number of people";
  return `${n_unknown ? "at least " : ""}${count(n, "person", "people")}`;
}

function favoursOrLeans({ words, rules }, outcome, pooled) {
  const side = favours(...benefitOf(outcome, pooled.ci_lb, pooled.ci_ub));
  if (side === "direction_unsettled") return outcome.unsettled;
  if (side !== "left_open") return fill(words.favours, { side: words.sides[side] });
  const isNothing = effectText(outcome.measure, pooled.estimate) === effectText(outcome.measure, 0);
  if (isNothing) return words.leans_nowhere;
  if (Math.abs(pooled.estimate) < (rules.hardly * Math.abs(pooled.ci_ub - pooled.ci_lb)) / 2) return words.leans_hardly;
  const leaning = favours(...benefitOf(outcome, pooled.estimate, pooled.estimate));
  return fill(words.leans, { side: words.sides[leaning] });
}

// The average in the words of every other page, by parts.
export function describe(data, outcome, rows, pooled) {
  const { words } = data, measure = outcome.measure;
  if (pooled === null) return { headline: words.no_trial, verdict: "", effect: "", expectation: "", heterogeneity: "" };
  const trials = count(pooled.trials, "trial");
  if (isTooFew(pooled)) {
    const headline = fill(words.too_few, { outcome: outcome.label, trials, left_out: outcome.left_out }).trim();
    return { headline, verdict: "", effect: "", expectation: "", heterogeneity: "" };
  }
  const said = fill(words.headline, {
    outcome: outcome.label,
    trials,
    people: people(pooled),
    measure: measure.label,
    effect: effectText(measure, pooled.estimate),
    level: share(pooled.level),
    interval: effectInterval(measure, pooled.ci_lb, pooled.ci_ub),
  });
  const verdict = favoursOrLeans(data, outcome, pooled);
  return {
    headline: `${said} ${verdict}`,
    verdict,
    effect: withInterval(measure, pooled.estimate, pooled.ci_lb, pooled.ci_ub),
    from: `${trials}, ${people(pooled)}`,
    side: words.verdicts[favours(...benefitOf(outcome, pooled.ci_lb, pooled.ci_ub))],
    expectation: expectation(words, outcome, rows, pooled),
    heterogeneity: heterogeneity(words, pooled),
  };
}

function expectation(words, outcome, rows, pooled) {
  const [low, high] = predictionOf(pooled);
  if (Number.isNaN(low)) {
    return pooled.withheld.includes("prediction_below_five_trials") ? words.prediction_withheld : "";
  }
  const { measure } = outcome, side = favours(...benefitOf(outcome, low, high));
  const others = { left_open: words.elsewhere_both_sides, direction_unsettled: words.elsewhere_unsettled };
  let sentence = others[side] ?? words.elsewhere_one_side, at_most = "";
  if (!(side in others)) {
    const ends = predictionAt(rows.map((row) => row.yi), rows.map((row) => row.vi), pooled.tau2_ci_ub, pooled.level);
    const same = favours(...benefitOf(outcome, ...ends)) === side;
    at_most = effectInterval(measure, ...ends);
    if (same) at_most = fill(words.even_then, { interval: at_most });
    else sentence = words.elsewhere_as_estimated;
  }
  const gaps = { interval: effectInterval(measure, low, high), level: share(pooled.level), side: words.sides[side], at_most };
  const said = fill(sentence, gaps);
  if (pooled.tau2 > 0) return said;
  return `${said} ${fill(words.no_heterogeneity_found, { trials: count(pooled.trials, "trial") })}`;
}

function heterogeneity(words, pooled) {
  if (pooled.method === "EE") {
    const although = number(pooled.I2, 0) === "0" ? "; their" : ", although";
    return fill(words.one_true_effect, { although, I2: percent(pooled.I2) });
  }
  return fill(words.heterogeneity, {
    tau: number(Math.sqrt(pooled.tau2)),
    level: share(pooled.level),
    tau_interval: interval(Math.sqrt(pooled.tau2_ci_lb), Math.sqrt(pooled.tau2_ci_ub)),
    I2: percent(pooled.I2),
    I2_interval: interval(pooled.I2_ci_lb, pooled.I2_ci_ub, 0),
  });
}

// The sentence that a screen reader hears after each change.
export function status(data, outcome, pooled, planned) {
  const { words } = data;
  if (pooled === null) return words.no_trial;
  const gaps = { kind: words.kinds[planned ? "prespecified" : "explored"], outcome: outcome.label };
  gaps.trials = count(pooled.trials, "trial");
  if (isTooFew(pooled)) return fill(words.status_too_few, gaps);
  const { measure } = outcome;
  gaps.effect = `${measure.code} ${withInterval(measure, pooled.estimate, pooled.ci_lb, pooled.ci_ub)}`;
  gaps.verdict = words.verdicts[favours(...benefitOf(outcome, pooled.ci_lb, pooled.ci_ub))];
  return fill(words.status, gaps);
}

// The line of benefit on a score of fidelity: numbers, and its sentence or that of why there is none.

import { trialsOf } from "./averages.mjs";
import { regressEffects } from "./pooling.mjs";
import { count, fill, interval, number, share, upperFirst } from "./wording.mjs";

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b), place = share * (sorted.length - 1), before = Math.floor(place);
  return sorted[before] + (place - before) * ((sorted[before + 1] ?? sorted[before]) - sorted[before]);
}

const scoreOf = (row, score) => row.scores[score][0];

// Whether the outcome has a fidelity picture at all: codes of some trial, and a settled direction; else why not.
export function whyNoFidelity(data, outcome, score) {
  if (outcome.turn === null) return data.words.no_benefit;
  return outcome.effects.some((row) => scoreOf(row, score) !== null) ? "" : data.words.no_codes;
}

// The line of benefit on the score: numbers, and its sentence; or the sentence of why there is none, without numbers.
export function slopeOn(data, outcome, rows, choices) {
  const { words, rules, settings } = data, { score, method, ci } = choices;
  const none = (says) => ({ found: null, points: [], score, isDescriptive: true, says });
  const missing = whyNoFidelity(data, outcome, score);
  if (missing) return none(fill(missing, { outcome: outcome.label }));
  const scored = rows.filter((row) => scoreOf(row, score) !== null);
  const points = scored.map((row) => ({ ...row, x: scoreOf(row, score), benefit: outcome.turn * row.yi }));
  const name = words.score_columns[score];
  if (scored.length < rules.fewest_scored) {
    const some = fill(words.some_scored, { scored: scored.length, effects: rows.length, score: name });
    const lead = scored.length === rows.length ? count(rows.length, "usable effect") : some;
    return { ...none(fill(words.too_few_scored, { outcome: outcome.label, lead })), points };
  }
  const x = points.map((point) => point.x);
  const least = Math.min(...x), most = Math.max(...x);
  if (least === most) return { ...none(fill(words.constant, { moderator: name })), points };
  const model = { method, ci, level: settings.level };
  const found = regressEffects(points.map((point) => point.benefit), points.map((point) => point.vi), x, model);
  const iqr = quantile(x, 0.75) - quantile(x, 0.25), trials = trialsOf(points);
  const isDescriptive = trials < rules.trials_per_covariate;
  const withheld = isDescriptive ? ["slope_below_ten_trials"] : [];
  const says = isDescriptive
    ? fill(words.descriptive, { trials: count(trials, "trial") })
    : slopeSentence(data, outcome, { ...found, least, most, iqr }, score);
  return { found: { ...found, least, most, iqr, score, withheld }, points, score, says, isDescriptive };
}

const unitOf = (measure) => (measure.ratio ? `log ${measure.code}` : measure.code);

function slopeSentence(data, outcome, found, score) {
  const { words, settings } = data, { measure } = outcome, span = found.most - found.least;
  return `${upperFirst(fill(words.slope, {
    least: number(found.least),
    most: number(found.most),
    score: words.score_names[score],
    span: number(span * found.slope, 2, true),
    unit: unitOf(measure),
    level: share(settings.level),
    interval: interval(span * found.ci_lb, span * found.ci_ub),
    k: found.k,
    iqr: number(found.iqr * found.slope, 2, true),
  }))}.`;
}

// The prespecified slope on the same score as a sentence; empty where words may not give one.
export function plannedSlope(data, outcome, score) {
  const given = outcome.slopes[score], scored = outcome.effects.filter((row) => scoreOf(row, score) !== null);
  if (!given || trialsOf(scored) < data.rules.trials_per_covariate) return "";
  const seen = scored.map((row) => scoreOf(row, score)), span = Math.max(...seen) - Math.min(...seen);
  const ends = interval(span * given.ci_lb, span * given.ci_ub);
  const slope = `${number(span * given.slope, 2, true)} ${unitOf(outcome.measure)} (${ends}; k = ${given.k})`;
  return fill(data.words.slope_prespecified, { slope });
}


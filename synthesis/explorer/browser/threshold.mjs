// The smallest difference that would matter to a reader: how it reads, and what an interval says against it.

import { benefitOf, isTooFew } from "./averages.mjs";
import { effectInterval, effectText, fill, number } from "./wording.mjs";

// The threshold on the analysis scale, as an amount of benefit.
export const onScale = (measure, threshold) =>
  threshold === null ? 0 : measure.ratio ? Math.log(threshold) : threshold;

export const noThreshold = (measure) => (measure.ratio ? 1 : 0);

function sizeText({ words }, { measure, turn, threshold: slider }, threshold) {
  const shown = effectText(measure, turn * onScale(measure, threshold));
  const plain = measure.ratio ? shown : number(threshold, slider.step < 0.01 ? 3 : 2);
  return fill(measure.ratio ? words.threshold_ratio : words.threshold_on, { threshold: plain, unit: measure.code });
}

// The threshold, and where it is from: the report's own with its source, a reader's beside the report's.
export function thresholdText(data, outcome, threshold) {
  const { words } = data, { measure } = outcome, { preset, source } = outcome.threshold;
  if (outcome.turn === null) return words.threshold_unsettled;
  if (threshold === null || threshold <= noThreshold(measure)) return words.threshold_none;
  const shown = sizeText(data, outcome, threshold);
  if (preset === null) return shown;
  if (threshold === preset) return fill(words.threshold_preset, { shown, source });
  return fill(words.threshold_own, { shown, preset: sizeText(data, outcome, preset) });
}

// What the interval says against the threshold, and what certainty would be rated in.
export function thresholdVerdict(data, outcome, pooled, threshold) {
  const { words } = data, { measure } = outcome;
  const isNone = threshold === null || threshold <= noThreshold(measure) || outcome.turn === null;
  if (isNone || pooled === null || isTooFew(pooled)) return "";
  const least = onScale(measure, threshold);
  const [low, high] = benefitOf(outcome, pooled.ci_lb, pooled.ci_ub);
  const estimate = outcome.turn * pooled.estimate;
  const { peer_support, comparison } = words.sides;
  const printed = [-least, least].map((end) => effectText(measure, end));
  const ends = [pooled.ci_lb, pooled.ci_ub].map((end) => effectText(measure, end));
  const hangs = ends.some((end) => printed.includes(end));  // two digits would hide on which side an end lies
  const gaps = { interval: effectInterval(measure, pooled.ci_lb, pooled.ci_ub, hangs ? 3 : undefined) };
  let said;
  if (low > least) said = fill(words.beyond, { ...gaps, side: peer_support });
  else if (high < -least) said = fill(words.beyond, { ...gaps, side: comparison });
  else if (low >= -least && high <= least) said = fill(words.within, gaps);
  else if (low < -least && high > least) said = fill(words.both_sides, gaps);
  else said = fill(words.one_side, { ...gaps, side: high > least ? peer_support : comparison });
  const beyond = fill(words.target_beyond, { side: estimate > 0 ? peer_support : comparison });
  return `${said} ${Math.abs(estimate) > least ? beyond : words.target_within}`;
}


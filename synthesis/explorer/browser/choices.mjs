// What a reader has chosen, and which effects that leaves.

import { count, fill, listed, lowerFirst } from "./wording.mjs";

const FEW_TO_NAME = 3;

// The prespecified choices for an outcome; a reader's choices have the same names.
export function plannedChoices(data, outcome = data.first) {
  const { method, ci, score } = data.settings, { preset } = outcomeOf(data, { outcome }).threshold;
  return { outcome, method, ci, score, subsets: {}, without: [], threshold: preset };
}

// Choices from elsewhere, such as a notebook, with whatever they lack or nobody offers put right.
export function soundChoices(data, given) {
  const known = data.outcomes.some((one) => one.outcome === given.outcome);
  const planned = plannedChoices(data, known ? given.outcome : data.first);
  const outcome = outcomeOf(data, planned);
  const trials = new Set(outcome.effects.map((effect) => effect.trial));
  const offered = (name, code) => data.subsets.find((one) => one.name === name)?.options.some((one) => one.code === code);
  const subsets = Object.entries(given.subsets ?? {}).filter(([name, code]) => code && offered(name, code));
  const isThreshold = Number.isFinite(given.threshold) && given.threshold >= 0, isNone = given.threshold === null;
  return {
    ...planned,
    method: Object.hasOwn(data.words.methods, given.method) ? given.method : planned.method,
    ci: Object.hasOwn(data.words.intervals, given.ci) ? given.ci : planned.ci,
    score: Object.hasOwn(data.words.scores, given.score) ? given.score : planned.score,
    subsets: Object.fromEntries(subsets),
    without: (given.without ?? []).filter((trial) => trials.has(trial)),
    threshold: isThreshold ? Math.min(given.threshold, outcome.threshold.most) : isNone ? null : planned.threshold,
  };
}

export const outcomeOf = (data, choices) => data.outcomes.find((one) => one.outcome === choices.outcome);

const optionOf = (data, name, code) =>
  data.subsets.find((one) => one.name === name).options.find((one) => one.code === code);

// Every effect of the outcome with whether it is in: `cause` is empty, "outside" (of the subset) or "left_out" (by hand).
export function chosenRows(data, choices) {
  return outcomeOf(data, choices).effects.map((effect) => {
    const outside = Object.entries(choices.subsets).some(
      ([name, code]) => !optionOf(data, name, code).keep.includes(effect.subsets[name]),
    );
    return { ...effect, cause: outside ? "outside" : choices.without.includes(effect.trial) ? "left_out" : "" };
  });
}

export function isPlanned(data, choices) {
  const planned = data.settings;
  const sameModel = choices.method === planned.method && choices.ci === planned.ci;
  return sameModel && choices.without.length === 0 && Object.keys(choices.subsets).length === 0;
}

// What is not as prespecified, in words; empty where nothing is.
export function changes(data, choices) {
  const { words, settings } = data, found = [];
  const outcome = outcomeOf(data, choices);
  if (choices.method !== settings.method) found.push(fill(words.changed_method, { method: choices.method }));
  if (choices.ci !== settings.ci) found.push(fill(words.changed_ci, { ci: words.intervals[choices.ci] }));
  for (const [name, code] of Object.entries(choices.subsets)) {
    const label = lowerFirst(data.subsets.find((one) => one.name === name).label);
    found.push(fill(words.changed_subset, { label, option: optionOf(data, name, code).label }));
  }
  if (choices.without.length) {
    const labels = choices.without.map((trial) => outcome.effects.find((effect) => effect.trial === trial).label);
    const trials = count(labels.length, "trial");
    const isFew = labels.length <= FEW_TO_NAME;
    found.push(isFew ? fill(words.changed_trials, { trials: listed(labels) }) : fill(words.few_named, { trials }));
  }
  return found;
}

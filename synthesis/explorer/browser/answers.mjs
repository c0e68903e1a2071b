// What a reader's choices come to, at once: numbers, sentences and commands. Nothing here touches a page.

import { average, describe, status } from "./averages.mjs";
import { changes, chosenRows, isPlanned, outcomeOf } from "./choices.mjs";
import { reproduce } from "./reproduce.mjs";
import { slopeOn } from "./slopes.mjs";
import { thresholdVerdict } from "./threshold.mjs";

// What a notebook gets back: the contract's names, unrounded, nothing that JSON cannot hold.
export function plainAnswer(answer) {
  const { pooled, rows, slope } = answer;
  const numbers = pooled === null ? { k: 0 } : { ...pooled };
  delete numbers.weights;
  const kept = rows.map((row, i) => ({ trial: row.trial, label: row.label, yi: row.yi, vi: row.vi, weight: pooled.weights[i] }));
  const found = slope.found && { ...slope.found };
  if (found) {
    delete found.at;
    delete found.weights;
  }
  const own = { outcome: answer.outcome.outcome, measure: answer.outcome.measure.code, exploratory: !answer.planned };
  const whole = { ...own, ...numbers, trials: kept, n_trials: pooled?.trials ?? 0, slope: found, reproduce: answer.reproduce };
  return JSON.parse(JSON.stringify(whole, (_, value) => (Number.isNaN(value) ? null : value)));
}

// The answer to a reader's choices.
export function answerTo(data, choices) {
  const outcome = outcomeOf(data, choices), all = chosenRows(data, choices);
  const rows = all.filter((row) => row.cause === "");
  const pooled = average(data, rows, { method: choices.method, ci: choices.ci, level: data.settings.level });
  const slope = slopeOn(data, outcome, rows, choices), planned = isPlanned(data, choices);
  return {
    outcome,
    all,
    rows,
    pooled,
    slope,
    planned,
    said: describe(data, outcome, rows, pooled),
    changes: changes(data, choices),
    status: status(data, outcome, pooled, planned),
    threshold: thresholdVerdict(data, outcome, pooled, choices.threshold),
    reproduce: reproduce(data, choices, "average"),
    reproduceSlope: slope.found ? reproduce(data, choices, "slope") : "",
  };
}

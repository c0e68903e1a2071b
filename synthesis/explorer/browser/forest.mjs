// Trial by trial: a table that is a forest plot, in which a trial is left out by its box.

import { isTooFew, plannedAverage, predictionOf } from "./averages.mjs";
import { normalQuantile } from "./distributions.mjs";
import { averageRow, axisRow, element, trialRow } from "./drawing.mjs";
import { onScale } from "./threshold.mjs";
import { count, fill, number, share, withInterval } from "./wording.mjs";

const cell = (kind, ...children) => element("td", { class: kind }, ...children);

function sidesOf({ axis }, words) {
  if (!axis.side) return [element("span", { text: words.no_side })];
  const [ours, theirs] = ["peer_support", "comparison"].map((side) => fill(words.favours_side, { side: words.sides[side] }));
  const [left, right] = axis.side === "right" ? [theirs, ours] : [ours, theirs];
  return [element("span", { text: `\u2190\u00a0${left}` }), element("span", { text: `${right}\u00a0\u2192` })];
}

function trialLine(data, { measure }, effect, name, { read, change }) {
  const box = element("input", { type: "checkbox", id: name });
  box.addEventListener("change", () => {
    const others = read().without.filter((trial) => trial !== effect.trial);
    change({ without: box.checked ? others : [...others, effect.trial] });
  });
  const half = normalQuantile(0.5 + data.settings.level / 2) * Math.sqrt(effect.vi);
  const arms = effect.arms ? [" ", element("bdi", { class: "arms", text: effect.arms })] : [];
  const label = element("label", { for: name }, element("bdi", { text: effect.label }), ...arms);
  const cause = element("span", { class: "cause" }), plot = cell("plot"), weight = cell("number weight");
  const text = cell("number", withInterval(measure, effect.yi, effect.yi - half, effect.yi + half));
  const head = element("th", { scope: "row" }, element("span", { class: "trial" }, box, label), cause);
  return { made: element("tr", {}, head, plot, text, weight), box, cause, plot, weight, half };
}

function averageLine(kind, heading) {
  const from = element("span", { class: "cause" }), plot = cell("plot"), effect = cell("number");
  const head = element("th", { scope: "row" }, heading, " ", from);
  return { kind, from, plot, effect, made: element("tr", { class: `average ${kind}` }, head, plot, effect, cell("weight")) };
}

export function forest(data, outcome, host) {
  const { words, settings } = data, { labels } = words, { axis, measure } = outcome, level = share(settings.level);
  const heads = [
    ["", labels.trial], ["plot", labels.plot], ["number", `${measure.code} (${level} CI)`], ["number weight", labels.weight],
  ].map(([kind, text]) => element("th", { scope: "col", class: kind, text }));
  const rows = outcome.effects.map((effect, i) => trialLine(data, outcome, effect, host.id(`trial-${i}`), host));
  const averages = ["prespecified", "explored"].map((kind) => averageLine(kind, labels[kind]));
  const scale = cell("plot", axisRow(axis), element("span", { class: "sides" }, ...sidesOf(outcome, words)));
  const table = element("table", { class: "forest" },
    element("caption", {}, element("bdi", { text: outcome.label }), `: ${measure.label}`),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows.map((row) => row.made)),
    element("tfoot", {}, ...averages.map((one) => one.made), element("tr", { class: "scale" }, cell(""), scale, cell(""), cell("weight"))));
  const note = element("p", { class: "note", text: `${words.untick}${fill(words.forest, { level })}` });
  const planned = plannedAverage(outcome);

  const showTrials = (answer, choices, threshold) => {
    const heaviest = Math.max(...(answer.pooled?.weights ?? [1]));
    let place = 0;
    answer.all.forEach((effect, i) => {
      const row = rows[i], weight = effect.cause ? null : answer.pooled.weights[place++];
      row.box.checked = !choices.without.includes(effect.trial);
      row.box.disabled = effect.cause === "outside";
      row.made.className = effect.cause;
      row.cause.textContent = effect.cause ? words[effect.cause] : "";
      row.weight.textContent = weight === null ? "" : `${number(weight, 1)}%`;
      row.plot.replaceChildren(trialRow(axis, effect, { half: row.half, weight, heaviest, threshold }));
    });
  };

  return {
    made: element("section", {}, element("h2", { text: labels.trials }), table, note),
    update(answer, choices) {
      const threshold = outcome.turn === null ? 0 : onScale(measure, choices.threshold);
      showTrials(answer, choices, threshold);
      for (const { kind, from, plot, effect } of averages) {
        const average = kind === "prespecified" ? planned : answer.pooled;
        const shown = average !== null && !isTooFew(average) ? average : null;
        plot.replaceChildren(averageRow(axis, shown, shown ? predictionOf(shown) : [NaN, NaN], kind, threshold));
        effect.textContent = shown ? withInterval(measure, shown.estimate, shown.ci_lb, shown.ci_ub) : words.not_pooled;
        from.textContent = average === null ? "" : count(average.trials, "trial");
      }
    },
  };
}

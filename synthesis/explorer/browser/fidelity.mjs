// Fidelity and benefit: the line in words where words are allowed, its picture, and the picture's numbers.

import { asOptions, select } from "./controls.mjs";
import { bubbles, element } from "./drawing.mjs";
import { plannedSlope, whyNoFidelity } from "./slopes.mjs";
import { count, effectText, fill, interval, number, share } from "./wording.mjs";

function picture(data, outcome, slope) {
  const { words, settings } = data, { measure } = outcome;
  const trials = count(new Set(slope.points.map((point) => point.trial)).size, "trial");
  const title = fill(words.fidelity_alt, { outcome: outcome.label, trials, slope: slope.says });
  const upward = fill(measure.ratio ? words.axis_benefit_ratio : words.axis_benefit, { measure: measure.code });
  const reading = fill(slope.isDescriptive ? words.reading_alone : words.reading, { level: share(settings.level) });
  return element("figure", {},
    element("p", { class: "axis-name", text: upward }),
    bubbles(outcome, slope, title),
    element("p", { class: "axis-name across", text: words.score_axes[slope.score] }),
    element("figcaption", { text: `${reading} ${words.bounds_reading}` }));
}

function numbers(data, outcome, slope, open) {
  const { words } = data, { labels } = words, { measure } = outcome;
  const cell = (text) => element("td", { class: "number", text });
  const rows = slope.points.map((point) => {
    const [, lower, upper] = point.scores[slope.score];
    return element("tr", {},
      element("th", { scope: "row" }, element("bdi", { text: point.label })),
      cell(number(point.x)),
      cell(lower === null ? number(NaN) : interval(lower, upper)),
      cell(measure.ratio ? effectText(measure, point.yi) : number(point.benefit)));
  });
  const heads = [labels.trial, labels.axis_score, labels.bounds, labels.benefit];
  const head = heads.map((text, i) => element("th", { scope: "col", text, class: i ? "number" : "" }));
  const table = element("table", {},
    element("caption", {}, element("bdi", { text: outcome.label }), `: ${words.score_axes[slope.score]}`),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows));
  const region = element("div", { class: "table-region", tabindex: 0, role: "region", "aria-label": labels.points }, table);
  return element("details", { open }, element("summary", { text: labels.points }), region);
}

export function fidelity(data, outcome, { id, read, change }) {
  const { words } = data, heading = element("h2", { text: words.labels.fidelity });
  const reasons = Object.keys(words.scores).map((score) => whyNoFidelity(data, outcome, score));
  if (reasons.every(Boolean)) {
    const why = element("p", { text: fill(reasons[0], { outcome: outcome.label }) });
    return { made: element("section", {}, heading, why), update() {} };
  }
  const choose = (score) => change({ score });
  const field = select(id("score"), words.labels.score, [{ options: asOptions(words.scores) }], read().score, choose);
  const body = element("div");
  return {
    made: element("section", {}, heading, field, body),
    update({ slope }) {
      const isOpen = body.querySelector("details")?.open ?? false, planned = plannedSlope(data, outcome, slope.score);
      const details = [slope.isDescriptive ? "" : words.no_test, planned].filter(Boolean);
      body.replaceChildren(
        element("p", { text: slope.says }),
        ...details.map((text) => element("p", { text, class: "detail" })),
        ...(slope.points.length ? [picture(data, outcome, slope), numbers(data, outcome, slope, isOpen)] : []),
      );
    },
  };
}

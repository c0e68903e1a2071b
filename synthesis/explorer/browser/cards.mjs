// The prespecified average and the explored one side by side, and what reproduces the explored one.

import { describe, plannedAverage } from "./averages.mjs";
import { chosenRows, plannedChoices } from "./choices.mjs";
import { element } from "./drawing.mjs";
import { thresholdVerdict } from "./threshold.mjs";
import { fill } from "./wording.mjs";

function card(kind, heading) {
  const body = element("div");
  return { body, made: element("section", { class: `card ${kind}` }, element("h3", { text: heading }), body) };
}

function fillCard(body, measure, said, lead, verdict) {
  const paragraph = (text, kind) => (text ? [element("p", { text, class: kind })] : []);
  const effect = element("p", { class: "effect" }, element("span", { class: "measure", text: measure.code }), ` ${said.effect}`);
  body.replaceChildren(
    ...paragraph(lead, "lead"),
    ...(said.effect ? [effect] : paragraph(said.headline)),
    ...paragraph(said.from, "from"),
    ...paragraph(said.verdict),
    ...paragraph(verdict, "against"),
    ...paragraph(said.expectation, "detail"),
    ...paragraph(said.heterogeneity, "detail"),
  );
}

export function averages(data, outcome) {
  const { words } = data, { labels } = words, { measure } = outcome;
  const both = { prespecified: card("prespecified", labels.prespecified), explored: card("explored", labels.explored) };
  const planned = plannedAverage(outcome), everyone = chosenRows(data, plannedChoices(data, outcome.outcome));
  const said = describe(data, outcome, everyone, planned);
  const heading = element("h2", {}, `${labels.results}: `, element("bdi", { text: outcome.label }));
  return {
    made: element("section", {}, heading, element("div", { class: "cards" }, both.prespecified.made, both.explored.made)),
    update(answer, { threshold }) {
      const changed = fill(words.changed, { changes: answer.changes.join("; ") });
      const verdict = thresholdVerdict(data, outcome, planned, threshold);
      fillCard(both.prespecified.body, measure, said, words.planned, verdict);
      fillCard(both.explored.body, measure, answer.said, answer.planned ? words.unchanged : changed, answer.threshold);
    },
  };
}

export function commands(data) {
  const { labels } = data.words;
  const block = (heading) => {
    const code = element("code"), pre = element("pre", { tabindex: 0, role: "region", "aria-label": heading }, code);
    return { code, made: element("div", {}, element("h3", { text: heading }), pre) };
  };
  const average = block(labels.reproduce_average), slope = block(labels.reproduce_slope);
  return {
    made: element("section", {}, element("h2", { text: labels.reproduce }), average.made, slope.made),
    update(answer) {
      average.code.textContent = answer.reproduce;
      slope.code.textContent = answer.reproduceSlope;
      slope.made.hidden = !answer.reproduceSlope;
    },
  };
}

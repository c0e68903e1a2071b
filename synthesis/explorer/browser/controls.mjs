// What a reader may choose: outcome, model, subset, threshold. Each part of the page is made once an outcome and brought up
// to date after every change, so that what has the keyboard keeps it.

import { noThreshold, thresholdText } from "./threshold.mjs";
import { element } from "./drawing.mjs";

export function select(id, label, groups, chosen, onChoose) {
  const made = element("select", { id });
  const option = ({ code, label: words }) => element("option", { value: code, text: words });
  for (const { heading, options } of groups.filter((group) => group.options.length)) {
    const entries = options.map(option);
    made.append(...(heading ? [element("optgroup", { label: heading }, ...entries)] : entries));
  }
  made.value = chosen;
  made.addEventListener("change", () => onChoose(made.value));
  return element("p", { class: "field" }, element("label", { for: id, text: label }), made);
}

export const asOptions = (words) => Object.entries(words).map(([code, label]) => ({ code, label }));

function outcomeField(data, outcome, { id, changeOutcome }) {
  const { labels } = data.words, enough = (one) => one.trials >= data.rules.fewest_trials;
  const entry = (one) => ({ code: one.outcome, label: `${one.label} (${one.trials})` });
  const groups = [
    { heading: labels.poolable, options: data.outcomes.filter(enough).map(entry) },
    { heading: labels.too_few, options: data.outcomes.filter((one) => !enough(one)).map(entry) },
  ];
  return select(id("outcome"), labels.outcome, groups, outcome.outcome, changeOutcome);
}

function subsetField({ name, label, options }, outcome, { id, read, change }) {
  const among = (codes) => new Set(outcome.effects.filter((one) => codes.includes(one.subsets[name])).map((one) => one.trial)).size;
  const shown = options.map((one) => ({ code: one.code, label: `${one.label} (${among(one.keep)})` }));
  const choose = (code) => {
    const subsets = { ...read().subsets };
    delete subsets[name];
    if (code) subsets[name] = code;
    change({ subsets });
  };
  return select(id(name), label, [{ options: shown }], read().subsets[name] ?? "", choose);
}

function thresholdField(data, outcome, { id, read, change }) {
  const none = noThreshold(outcome.measure), { most, step } = outcome.threshold, name = id("threshold");
  const range = { type: "range", id: name, min: none, max: most, step, "aria-describedby": `${name}-says` };
  const slider = element("input", { ...range, disabled: outcome.turn === null });
  slider.value = read().threshold ?? none;
  const says = element("span", { id: `${name}-says`, class: "says" });
  const take = (quietly) => change({ threshold: Number(slider.value) > none ? Number(slider.value) : null }, { quietly });
  // While it is dragged the page follows; what is said aloud waits for its end.
  slider.addEventListener("input", () => take(true));
  slider.addEventListener("change", () => take(false));
  const label = element("label", { for: name, text: data.words.labels.threshold });
  const update = (choices) => {
    says.textContent = thresholdText(data, outcome, choices.threshold);
    slider.setAttribute("aria-valuetext", says.textContent);
  };
  return { field: element("p", { class: "field" }, label, slider, says), update };
}

export function controls(data, outcome, host) {
  const { words } = data, { labels } = words, { id, read, change, reset } = host;
  const choose = (name, label, options) => select(id(name), label, [{ options }], read()[name], (value) => change({ [name]: value }));
  const hint = element("p", { class: "hint" }), threshold = thresholdField(data, outcome, host);
  const subsets = data.subsets.map((subset) => subsetField(subset, outcome, host));
  const button = element("button", { type: "button", id: id("reset"), text: labels.reset });
  button.addEventListener("click", reset);
  return {
    made: [
      element("h2", { text: labels.choices }),
      outcomeField(data, outcome, host),
      choose("method", labels.method, asOptions(words.methods)),
      choose("ci", labels.ci, asOptions(words.intervals)),
      hint,
      ...(subsets.length ? [element("fieldset", {}, element("legend", { text: labels.subsets }), ...subsets)] : []),
      threshold.field,
      button,
    ],
    update(answer, choices) {
      hint.textContent = choices.method === "EE" && choices.ci !== "wald" ? words.ee_and_knapp_hartung : "";
      threshold.update(choices);
    },
  };
}

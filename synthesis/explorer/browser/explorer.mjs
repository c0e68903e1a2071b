// The explorer anywhere: `mount` draws it on a page, `render` is how a notebook's widget calls it.

import { answerTo, plainAnswer } from "./answers.mjs";
import { averages, commands } from "./cards.mjs";
import { outcomeOf, plannedChoices, soundChoices } from "./choices.mjs";
import { controls } from "./controls.mjs";
import { element } from "./drawing.mjs";
import { fidelity } from "./fidelity.mjs";
import { forest } from "./forest.mjs";

let mounted = 0;

export function mount(host, data, { choices: given = {}, onChange = () => {} } = {}) {
  const prefix = `explorer-${(mounted += 1)}`;
  let choices = soundChoices(data, given), parts = [];

  const status = element("p", { class: "status", role: "status", "aria-live": "polite" });
  const chosen = element("div", { class: "explorer-choices" }), results = element("div", { class: "explorer-results" });
  host.append(element("div", { class: "explorer" }, element("div", { class: "explorer-frame" }, chosen, results)));

  function update(quietly) {
    const answer = answerTo(data, choices);
    for (const part of parts) part.update(answer, choices);
    if (quietly) return;
    // The cards show what the threshold makes of it; the ear gets it here.
    status.replaceChildren(answer.status, element("span", { class: "aloud", text: answer.threshold ? ` ${answer.threshold}` : "" }));
    onChange(choices, plainAnswer(answer));
  }

  const own = {
    id: (name) => `${prefix}-${name}`,
    read: () => choices,
    change(some, { quietly = false } = {}) {
      choices = { ...choices, ...some };
      update(quietly);
    },
    changeOutcome(outcome) {
      const { method, ci, score, subsets } = choices;
      choices = { ...plannedChoices(data, outcome), method, ci, score, subsets };
      build();
    },
    reset() {
      choices = plannedChoices(data, choices.outcome);
      build();
    },
  };

  function build() {
    const outcome = outcomeOf(data, choices), focused = document.activeElement?.id ?? "";
    const [left, ...right] = [
      controls(data, outcome, own), averages(data, outcome), forest(data, outcome, own), fidelity(data, outcome, own), commands(data),
    ];
    parts = [left, ...right];
    chosen.replaceChildren(...left.made);
    results.replaceChildren(status, ...right.map((part) => part.made));
    update(false);
    if (focused.startsWith(prefix)) document.getElementById(focused)?.focus();
  }

  build();
  return {
    set(some) {
      choices = soundChoices(data, { ...choices, ...some });
      build();
    },
  };
}

// A notebook's widget: what is chosen here goes to Python, and what Python chooses comes here.
export function render({ model, el }) {
  let isOwn = false;
  const explorer = mount(el, model.get("data"), {
    choices: model.get("choices"),
    onChange(choices, pooled) {
      isOwn = true;
      model.set("choices", choices);
      model.set("pooled", pooled);
      model.save_changes();
      isOwn = false;
    },
  });
  const follow = () => {
    if (!isOwn) explorer.set(model.get("choices"));
  };
  model.on("change:choices", follow);
  return () => model.off("change:choices", follow);
}

export default { render };

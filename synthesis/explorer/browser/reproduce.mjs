// What gives the same numbers again: a command, or lines of Python where a subset has no option of a command.

const inShell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
const inPython = (value) => JSON.stringify(value);

// The command, or the lines of Python where a subset has no option of a command, for the average or the slope.
export function reproduce(data, choices, what) {
  const { settings, places } = data, own = [], keywords = [];
  if (what === "slope") {
    own.push(["score", choices.score]);
  }
  if (choices.method !== settings.method) own.push(["method", choices.method]);
  if (choices.ci !== settings.ci) own.push(["ci", choices.ci]);
  if (settings.level !== data.default_level) own.push(["level", settings.level]);
  for (const [name, value] of own) keywords.push(`${name}=${inPython(value)}`);
  const isSubset = choices.without.length > 0 || Object.keys(choices.subsets).length > 0;
  if (!isSubset) {
    const options = [...own, ...Object.entries(places)].map(([name, value]) => ` --${name} ${inShell(String(value))}`);
    const verb = what === "slope" ? "fidelity" : "pool";
    return `synthesis ${verb} ${inShell(choices.outcome)}${options.join("")}`;
  }
  const root = [...(places.data ? [inPython(places.data)] : []), ...(places.references ? [`references=${inPython(places.references)}`] : [])];
  const kept = Object.entries(choices.subsets).map(([name, code]) => `${name}=${inPython(code)}`);
  if (choices.without.length) kept.push(`without=[${choices.without.map(inPython).join(", ")}]`);
  const call = what === "slope"
    ? `fidelity_slope(effects, ${["score_fidelity(evidence)", ...keywords].join(", ")})`
    : `pool(${["effects", ...keywords].join(", ")})`;
  const names = ["compute_effects", "load_evidence", "subset_effects", ...(what === "slope" ? ["fidelity_slope", "score_fidelity"] : ["pool"])];
  return [
    `from synthesis import ${names.sort().join(", ")}`,
    `evidence = load_evidence(${root.join(", ")})`,
    `effects = compute_effects(evidence, ${inPython(choices.outcome)})`,
    `effects = subset_effects(evidence, effects, ${kept.join(", ")})`,
    `print(${call})`,
  ].join("\n");
}


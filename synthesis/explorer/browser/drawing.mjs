// The pictures: a row of a forest plot, its axis, and the bubbles of fidelity. Places across are in percent, so that a
// picture fits whatever is its width and its print stays as large as it is.

import { number } from "./wording.mjs";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 28;
const LARGEST = 15;
const BUBBLES = 280;
const LARGEST_BUBBLE = 15;

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") made.textContent = value;
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function shape(name, properties = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const canvas = (height, ...shapes) => shape("svg", { width: "100%", height, "aria-hidden": "true", focusable: "false" }, ...shapes);

const across = (axis) => (value) => (100 * (value - axis.low)) / (axis.high - axis.low);
const inside = (place) => Math.min(100, Math.max(0, place));

function arrow(side, y, kind) {
  const path = side === "right" ? `M-6 ${y - 4} L0 ${y} L-6 ${y + 4}` : `M6 ${y - 4} L0 ${y} L6 ${y + 4}`;
  return shape("svg", { x: side === "right" ? "100%" : "0%", overflow: "visible" }, shape("path", { d: path, class: `arrow ${kind}` }));
}

function lineAcross(place, low, high, y, kind) {
  const drawn = [];
  if (high >= 0 && low <= 100) {
    drawn.push(shape("line", { x1: `${inside(low)}%`, x2: `${inside(high)}%`, y1: y, y2: y, class: `interval ${kind}` }));
  }
  if (low < 0) drawn.push(arrow("left", y, kind));
  if (high > 100) drawn.push(arrow("right", y, kind));
  return drawn;
}

// The lines every row of the plot stands on: no difference, and the threshold on either side of it.
function guides(axis, threshold, height) {
  const at = across(axis);
  const upright = (value, kind) => {
    const place = at(value);
    if (place < 0 || place > 100) return [];
    return [shape("line", { x1: `${place}%`, x2: `${place}%`, y1: 0, y2: height, class: kind })];
  };
  return [...upright(0, "null"), ...(threshold > 0 ? [-threshold, threshold].flatMap((one) => upright(one, "threshold")) : [])];
}

// One trial: its square, as large as its weight among the `heaviest`, and its interval.
export function trialRow(axis, effect, { half, weight, heaviest, threshold }) {
  const at = across(axis), place = at(effect.yi), kind = effect.cause ? "hollow" : "";
  const side = effect.cause ? 7 : Math.max(4, LARGEST * Math.sqrt(weight / heaviest));
  const middle = ROW / 2, drawn = lineAcross(at, at(effect.yi - half), at(effect.yi + half), middle, kind);
  if (place >= 0 && place <= 100) {
    const square = { x: -side / 2, y: middle - side / 2, width: side, height: side, class: `square ${kind}` };
    drawn.push(shape("svg", { x: `${place}%`, overflow: "visible" }, shape("rect", square)));
  }
  return canvas(ROW, ...guides(axis, threshold, ROW), ...drawn);
}

// An average: a diamond over its interval and a line over the prediction interval.
export function averageRow(axis, pooled, prediction, kind, threshold) {
  const at = across(axis), middle = ROW / 2, drawn = guides(axis, threshold, ROW);
  if (pooled) {
    if (Number.isFinite(prediction[0])) drawn.push(...lineAcross(at, at(prediction[0]), at(prediction[1]), middle, kind));
    const [low, centre, high] = [pooled.ci_lb, pooled.estimate, pooled.ci_ub].map(at);
    if (high - low < 1e-9 || high < 0 || low > 100) drawn.push(...lineAcross(at, low, high, middle, kind));
    else {
      // Drawn in its own frame, cut off at the ends of the axis.
      const left = inside(low), right = inside(high), top = (x, lower) => (x <= centre ? (x - low) / (centre - low) : (high - x) / (high - centre)) * lower;
      const corners = [...new Set([left, Math.min(right, Math.max(left, centre)), right])];
      const scaled = (x) => (100 * (x - left)) / (right - left);
      const upper = corners.map((x) => `${scaled(x)},${8 - (top(x, 8) || 0)}`), lower = corners.map((x) => `${scaled(x)},${8 + (top(x, 8) || 0)}`);
      const frame = { x: `${left}%`, width: `${right - left}%`, y: middle - 8, height: 16, viewBox: "0 0 100 16", preserveAspectRatio: "none" };
      drawn.push(shape("svg", frame, shape("polygon", { points: [...upper, ...lower.reverse()].join(" "), class: `diamond ${kind}` })));
      if (low < 0) drawn.push(arrow("left", middle, kind));
      if (high > 100) drawn.push(arrow("right", middle, kind));
    }
  }
  return canvas(ROW, ...drawn);
}

export function axisRow(axis) {
  const at = across(axis), zero = axis.ticks.findIndex((tick) => tick.at === 0);
  const marks = axis.ticks.flatMap((tick, i) => {
    const x = `${at(tick.at)}%`, kind = Math.abs(i - Math.max(zero, 0)) % 2 ? "tick second" : "tick";
    return [shape("line", { x1: x, x2: x, y1: 0, y2: 5, class: "axis" }), textAt(tick.label, x, 18, kind, anchorAt(at(tick.at)))];
  });
  return canvas(22, shape("line", { x1: "0%", x2: "100%", y1: 0.5, y2: 0.5, class: "axis" }), ...marks);
}

// Print at the ends of an axis stays inside the picture.
const anchorAt = (place) => (place < 5 ? "start" : place > 95 ? "end" : "middle");

function textAt(text, x, y, kind, anchor = "middle") {
  const made = shape("text", { x, y, class: kind, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

// --- Fidelity --------------------------------------------------------------------------------------------------------

const GUTTER = 46;
const FOOT = 40;

// Benefit against the score, with the bounds of each score and, where there is one, the line with its band. The axes are
// those of all the outcome's trials, so that nothing jumps when some are left out.
export function bubbles(outcome, slope, title) {
  const turn = outcome.turn, { low, high, ticks } = outcome.axis, field = BUBBLES - FOOT;
  const ends = turn > 0 ? [low, high] : [-high, -low];
  const down = (benefit) => 8 + (field - 16) * (1 - (benefit - ends[0]) / (ends[1] - ends[0]));
  const known = outcome.effects.flatMap((effect) => effect.scores[slope.score].filter((value) => value !== null));
  const first = Math.floor(5 * Math.min(...known) + 1e-9) / 5, last = Math.max(Math.ceil(5 * Math.max(...known) - 1e-9) / 5, first + 0.2);
  const right = (score) => (100 * (score - first)) / (last - first);
  const drawn = ticks.map((tick) => {
    const y = down(turn * tick.at);
    return shape("line", { x1: "0%", x2: "100%", y1: y, y2: y, class: tick.at === 0 ? "null" : "grid" });
  });
  const [band, line] = slope.found && !slope.isDescriptive ? bandAndLine(slope.found, down, right, field) : [];
  if (band) drawn.push(band);
  for (const point of slope.points) {
    const [, lower, upper] = point.scores[slope.score], y = down(point.benefit);
    if (lower === null) continue;
    drawn.push(shape("line", { x1: `${right(lower)}%`, x2: `${right(upper)}%`, y1: y, y2: y, class: "bounds" }));
  }
  const heaviest = Math.max(...slope.points.map((point) => 1 / point.vi));
  for (const point of slope.points) {
    const r = Math.max(3, LARGEST_BUBBLE * Math.sqrt(1 / point.vi / heaviest));
    drawn.push(shape("circle", { cx: `${right(point.x)}%`, cy: down(point.benefit), r, class: "bubble" }));
  }
  if (line) drawn.push(line);
  const steps = Math.round((last - first) * 5);
  const marks = Array.from({ length: steps + 1 }, (_, i) => i).flatMap((i) => {
    const x = `${(100 * i) / steps}%`, anchor = anchorAt((100 * i) / steps);
    return [
      shape("line", { x1: x, x2: x, y1: field, y2: field + 5, class: "axis" }),
      textAt(number(first + i / 5, 1), x, field + 20, "tick", anchor),
    ];
  });
  const left = canvas(BUBBLES, ...ticks.map((tick) => textAt(tick.benefit, GUTTER - 6, down(turn * tick.at) + 4, "tick", "end")));
  left.setAttribute("width", GUTTER);
  const frame = shape("line", { x1: "0%", x2: "100%", y1: field, y2: field, class: "axis" });
  const plot = canvas(BUBBLES, shape("svg", { width: "100%", height: field }, ...drawn), frame, ...marks);
  return element("div", { class: "bubbles", role: "img", "aria-label": title }, left, plot);
}

function bandAndLine(found, down, right, height) {
  const steps = Array.from({ length: 25 }, (_, i) => found.least + ((found.most - found.least) * i) / 24);
  const ends = steps.map((x) => found.at(x));
  const points = (which) => steps.map((x, i) => `${right(x)},${down(ends[i][which])}`);
  const frame = { width: "100%", height, viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none" };
  const band = shape("polygon", { points: [...points(1), ...points(2).reverse()].join(" "), class: "band" });
  const line = shape("polyline", { points: points(0).join(" "), class: "line", "vector-effect": "non-scaling-stroke" });
  return [shape("svg", frame, band), shape("svg", frame, line)];
}

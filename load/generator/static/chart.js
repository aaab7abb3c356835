// A line chart over the last minutes, with fault windows shaded. Plain SVG.
const HEIGHT = 180;
const PAD = { left: 48, right: 8, top: 16, bottom: 18 };
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// A round number of at least `value`: 1, 2 or 5 times a power of ten.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}

function path(points) {
  let pen = "M";
  return points
    .map(([x, y]) => {
      if (y === null) {
        pen = "M";
        return "";
      }
      const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

// `lines`: [{key, color}], `points`: [{at, ...}] by second, `windows`: [{from, to, name, target}].
export function draw(svg, { points, lines, windows, now, seconds, unit }) {
  const width = svg.clientWidth || 720;
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren();
  const shown = points.filter((p) => p.at >= now - seconds);
  const values = shown.flatMap((p) => lines.map((l) => p[l.key] ?? 0));
  const top = roundUp(Math.max(1, ...values));
  const x = (at) => PAD.left + ((at - now + seconds) / seconds) * (width - PAD.left - PAD.right);
  const y = (v) => HEIGHT - PAD.bottom - (v / top) * (HEIGHT - PAD.top - PAD.bottom);

  for (const w of windows) {
    const from = Math.max(x(w.from), PAD.left);
    const to = x(w.to ?? now);
    if (to < PAD.left) continue;
    const height = HEIGHT - PAD.top - PAD.bottom;
    const box = { x: from, y: PAD.top, width: Math.max(2, to - from), height, class: "window" };
    const rect = element("rect", box);
    rect.append(element("title", {}, `${w.name} on ${w.target}. ${w.proof ?? ""}`));
    svg.append(rect);
    const late = from > width - 90; // its name would not fit on the right
    const label = { x: late ? to : from, y: PAD.top - 4, "text-anchor": late ? "end" : "start" };
    svg.append(element("text", { ...label, class: "window-name" }, w.name));
  }
  for (const share of [0, 0.5, 1]) {
    const at = y(top * share);
    svg.append(element("line", { x1: PAD.left, x2: width - PAD.right, y1: at, y2: at, class: "grid" }));
    svg.append(
      element("text", { x: PAD.left - 6, y: at + 4, "text-anchor": "end" }, unit(top * share)),
    );
  }
  for (let back = 0; back <= seconds; back += seconds / 4) {
    const label = back ? `-${Math.round(back)} s` : "now";
    const anchor = back === 0 ? "end" : back === seconds ? "start" : "middle";
    const place = { x: x(now - back), y: HEIGHT - 4, "text-anchor": anchor };
    svg.append(element("text", place, label));
  }
  for (const line of lines) {
    const d = path(shown.map((p) => [x(p.at + 1), p[line.key] == null ? null : y(p[line.key])]));
    svg.append(element("path", { d, style: `stroke: var(${line.color})` }));
  }
}

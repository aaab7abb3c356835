// The page: asks for the state once a second and shows it; buttons inject and heal.
import { draw } from "./chart.js";

const PERIOD_MS = 1000;
const SECONDS_MAX = 180; // of the charts
const SECONDS_MIN = 30;
const LATENCY = [
  { key: "p50", color: "--p50", name: "p50" },
  { key: "p95", color: "--p95", name: "p95" },
  { key: "p99", color: "--p99", name: "p99" },
];
const RATES = [
  { key: "in", color: "--in", name: "in/s" },
  { key: "out", color: "--out", name: "out/s" },
  { key: "depth", color: "--depth", name: "queued" },
];
const byId = (id) => document.getElementById(id);
const chosen = new Map(); // target -> the fault a person chose for it
let offers = new Map(); // target -> faults

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function ms(value) {
  if (value === undefined) return "–";
  if (value >= 10000) return `${(value / 1000).toFixed(0)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 10 ? `${value.toFixed(0)} ms` : `${value.toFixed(1)} ms`;
}

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`./api/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error([told.error, told.hint].filter(Boolean).join(" "));
  return told;
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text;
}

async function act(button, method, path, body) {
  button.disabled = true;
  try {
    trouble("");
    await ask(method, path, body);
    await look();
  } catch (error) {
    trouble(error.message);
  }
  button.disabled = false;
}

function figures(state) {
  const last = state.series.slice(-5);
  const rate = (key) => (last.length ? last.reduce((sum, p) => sum + p[key], 0) / last.length : 0);
  const queued = state.queues.reduce((sum, q) => sum + q.ready, 0);
  const shown = [
    ["in flight", state.in_flight],
    ["running", state.running],
    ["queued", queued],
    ["oldest message", ms(state.oldest_seconds * 1000)],
    ["in, last 5 s", `${rate("in").toFixed(1)}/s`],
    ["out, last 5 s", `${rate("out").toFixed(1)}/s`],
    ["total p50", ms(state.total.p50_ms)],
    ["total p95", ms(state.total.p95_ms)],
    ["total p99", ms(state.total.p99_ms)],
    ["tasks done", state.total.count],
  ];
  byId("figures").replaceChildren(
    ...shown.map(([name, value]) => make("div", {}, make("b", {}, `${value}`), make("span", {}, name))),
  );
}

const COLOURS = { valid: "good", invalid: "bad", unknown: "unsure" };

function guarantees(state) {
  const rows = state.guarantees.map((g) =>
    make(
      "li",
      { title: g.summary },
      make("span", { class: `chip ${COLOURS[g.outcome]}` }, g.outcome),
      make("div", {}, g.guarantee, make("br"), make("small", {}, g.summary)),
    ),
  );
  byId("guarantees").replaceChildren(...(rows.length ? rows : [none("not judged yet")]));
}

function none(text) {
  return make("li", { class: "none" }, text);
}

function queues(state) {
  const head = make("tr", {}, ...["queue", "ready", "unacked"].map((t) => make("th", {}, t)));
  const rows = state.queues.map((q) =>
    make("tr", {}, ...[q.name, q.ready, q.unacked].map((t) => make("td", {}, `${t}`))),
  );
  byId("queues").replaceChildren(head, ...rows);
}

function healButton(fault) {
  const heal = make(
    "button",
    { class: "heal", onclick: () => act(heal, "DELETE", `faults/${fault.id}`) },
    fault.state === "active" ? "Heal" : fault.state,
  );
  heal.disabled = fault.state !== "active";
  return heal;
}

function active(state) {
  const rows = state.faults.map((f) => {
    const name = make("span", { class: "bad" }, `${f.name} on ${f.target}`);
    return make("li", { title: f.settings }, name, healButton(f));
  });
  byId("active").replaceChildren(...(rows.length ? rows : [none("none")]));
}

function controls(target, faults) {
  const fault = faults.find((f) => f.target === target);
  if (fault) return [healButton(fault)];
  const possible = offers.get(target);
  if (!possible) return [];
  const select = make(
    "select",
    { "aria-label": `Fault for ${target}`, onchange: () => chosen.set(target, select.value) },
    ...possible.map((o) => make("option", { value: o.key, title: o.settings }, o.label)),
  );
  if (chosen.has(target)) select.value = chosen.get(target);
  const inject = make(
    "button",
    { onclick: () => act(inject, "POST", "faults", { key: select.value }) },
    "Inject",
  );
  return [select, inject];
}

const GOOD_STATES = ["up", "open"];

function row(label, target, state, faults, pages = {}) {
  const links = Object.entries(pages).map(([name, url]) =>
    make("a", { href: url.split(" ")[0], target: "_blank" }, name),
  );
  const colour = GOOD_STATES.includes(state) ? "good" : "bad";
  return make(
    "div",
    { class: "row", "data-target": target },
    make("span", { class: "name", title: target }, label, ...links),
    ...(state ? [make("span", { class: `chip ${colour}` }, state)] : []),
    ...controls(target, faults),
  );
}

// Faults that aim at neither a node nor a link: a queue, all workers, the schedule.
function elsewhere(state) {
  const known = new Set([...state.nodes, ...state.links].map((each) => each.name));
  const others = [...offers.keys()].filter((target) => !known.has(target));
  if (!others.length) return [];
  const title = make("div", { class: "row" }, make("span", { class: "name" }, "elsewhere"));
  const rows = others.map((target) => row(target, target, "", state.faults));
  return [make("div", { class: "node" }, title, ...rows)];
}

function nodes(state) {
  if (byId("nodes").contains(document.activeElement) && document.activeElement.tagName === "SELECT") {
    return; // a person is choosing: do not close what they opened
  }
  const cards = state.nodes.map((node) => {
    const restarts = node.restarts ? ` (restarted ${node.restarts}x)` : "";
    const links = state.links.filter((link) => link.name.startsWith(`${node.name}->`));
    return make(
      "div",
      { class: "node" },
      row(node.name + restarts, node.name, node.state, state.faults, node.pages),
      ...links.map((link) =>
        row(`→ ${link.name.split("->")[1]}`, link.name, link.state, state.faults),
      ),
    );
  });
  byId("nodes").replaceChildren(...cards, ...elsewhere(state));
}

function charts(state) {
  const begun = state.series.find((p) => p.in || p.out);
  const elapsed = begun ? Math.ceil((state.now - begun.at + 2) / 10) * 10 : 0;
  const seconds = Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, elapsed));
  const common = { points: state.series, windows: state.windows, now: state.now, seconds };
  draw(byId("latency"), { ...common, lines: LATENCY, unit: ms });
  draw(byId("rates"), { ...common, lines: RATES, unit: (v) => `${v}` });
}

function legend(id, lines) {
  byId(id).replaceChildren(...lines.map((l) => make("i", { style: `--c: var(${l.color})` }, l.name)));
}

// Locust's own theme where the page is in its tab, the browser's where it is alone.
function theme() {
  let dark = matchMedia("(prefers-color-scheme: dark)").matches;
  if (window.parent !== window) {
    const back = getComputedStyle(window.parent.document.body).backgroundColor;
    const [r, g, b] = back.match(/\d+/g).map(Number);
    dark = r + g + b < 380;
  }
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

async function look() {
  const state = await ask("GET", "state");
  theme();
  byId("target").textContent = state.target;
  byId("phase").textContent = state.phase;
  byId("run").textContent = state.run.split("/").slice(-3).join("/");
  byId("run").title = state.run;
  figures(state);
  guarantees(state);
  queues(state);
  active(state);
  charts(state);
  nodes(state);
  if (window.parent !== window) {
    window.parent.postMessage({ crucibleHeight: document.body.scrollHeight + 20 }, location.origin);
  }
}

function grouped(list) {
  const found = new Map();
  for (const offer of list) {
    const same = found.get(offer.target) ?? [];
    found.set(offer.target, [...same, { ...offer, label: offer.name }]);
  }
  for (const same of found.values()) {
    for (const offer of same) {
      // Where a fault is offered with several settings, the name alone would not tell them apart.
      const twice = same.filter((o) => o.name === offer.name).length > 1;
      const rest = offer.settings.split(", ").slice(1).join(", ");
      if (twice && rest) offer.label = `${offer.name} (${rest})`;
    }
  }
  return found;
}

async function main() {
  document.body.classList.toggle("alone", window.parent === window);
  legend("latency-legend", LATENCY);
  legend("rates-legend", RATES);
  for (;;) {
    try {
      if (!offers.size) offers = grouped(await ask("GET", "faults"));
      await look();
      if (byId("trouble").dataset.lost) trouble("");
      delete byId("trouble").dataset.lost;
    } catch (error) {
      trouble(`Crucible does not answer: ${error.message}`);
      byId("trouble").dataset.lost = "yes";
    }
    await new Promise((done) => setTimeout(done, PERIOD_MS));
  }
}

main();

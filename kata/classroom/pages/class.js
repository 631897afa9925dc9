"use strict";
// The table of students. All text goes in as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { exercises, reasons } = data;
  const AT_ONCE = 200;
  const SAID = { s: "solved", w: "wrong", c: "cut off", n: "not started", h: "not handed in", j: "not judged" };
  // The best first: so "descending" begins with the strongest.
  const RANK = { s: 5, w: 4, c: 3, n: 2, j: 1, h: 0 };
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const students = data.students.map(([id, name, page, group, points, states, specs, stuck, reason, late, marks, mistakes], place) => {
    const passed = exercises.map(([, , from, count]) => [...specs.slice(from, from + count)].filter((letter) => letter === "s").length);
    return { place, id, name, page, group, points, states, specs, stuck, reason, late, marks, mistakes, passed, found: plain(`${name} ${id} ${group}`) };
  });

  const byId = (id) => document.getElementById(id);
  const head = document.querySelector("#table thead tr"), body = document.querySelector("#table tbody");
  const name = byId("f-name"), exercise = byId("f-exercise"), state = byId("f-state");
  const only = byId("only"), shown = byId("shown"), more = byId("more");
  let view = { sort: "name", down: false, spec: null, mistake: null, all: false };

  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };

  // What stands in backquotes is code.
  const coded = (node, text) => {
    text.split(/`([^`]+)`/).forEach((part, place) => node.append(place % 2 ? make("code", part) : part));
    return node;
  };

  const columns = [
    ["name", "Name", null],
    ["points", "Points", null],
    ...exercises.map(([number, title], place) => [`e${place}`, number, title]),
    ["stuck", "Stuck at", null],
  ];
  const headers = new Map();
  for (const [key, text, title] of columns) {
    const cell = make("th", "", key === "points" ? "num" : "");
    cell.scope = "col";
    const button = make("button", text);
    button.type = "button";
    if (title) {
      button.title = title;
      button.append(make("span", ` ${title}`, "vh"));
    }
    button.addEventListener("click", () => {
      const down = view.sort === key ? !view.down : key !== "name";
      update({ sort: key, down });
    });
    cell.append(button);
    head.append(cell);
    headers.set(key, cell);
  }

  const compare = () => {
    const { sort, down } = view;
    const place = Number(sort.slice(1));
    const by = {
      name: (a, b) => order.compare(a.name, b.name),
      points: (a, b) => a.points - b.points,
      stuck: (a, b) => a.stuck - b.stuck || order.compare(reasons[a.reason] ?? "", reasons[b.reason] ?? ""),
    }[sort] ?? ((a, b) => RANK[a.states[place]] - RANK[b.states[place]] || a.passed[place] - b.passed[place]);
    // Equal ones stay in the order of their names, whichever way the others go.
    return (a, b) => (down ? -by(a, b) : by(a, b)) || order.compare(a.name, b.name) || a.place - b.place;
  };

  const wanted = () => {
    const words = plain(name.value).split(/\s+/).filter(Boolean);
    const at = exercise.value === "" ? null : Number(exercise.value);
    const what = state.value;
    return (each) => {
      if (!words.every((word) => each.found.includes(word))) return false;
      if (view.spec !== null && !"wc".includes(each.specs[view.spec])) return false;
      if (view.mistake !== null && !each.mistakes.includes(view.mistake)) return false;
      if (what === "stuck") return at === null ? each.stuck >= 0 : each.stuck === at;
      if (what === "late") return each.late;
      if (what === "look") return each.marks.includes("l");
      if (what === "moved") return each.marks.includes("m");
      if (what) return at === null ? each.states.includes(what) : each.states[at] === what;
      return true;
    };
  };

  const row = (each) => {
    const line = make("tr");
    const who = make("th");
    who.scope = "row";
    const link = make("a");
    link.href = `students/${encodeURIComponent(each.page)}`;
    link.append(make("bdi", each.name));
    who.append(link);
    if (each.late) who.append(make("span", "late", "flag"));
    if (each.marks.includes("l")) who.append(make("span", "look", "flag"));
    line.append(who, make("td", String(each.points), "num"));
    exercises.forEach(([, , , count], place) => {
      const letter = each.states[place];
      const cell = make("td", "", "cell");
      const mark = make("span", { s: "✓", w: `${each.passed[place]}/${count}`, c: "cut", n: "·", h: "–", j: "?" }[letter], `st st-${letter}`);
      mark.append(make("span", ` ${SAID[letter]}`, "vh"));
      cell.append(mark);
      line.append(cell);
    });
    line.append(coded(make("td", "", "why"), each.stuck < 0 ? "" : `${exercises[each.stuck][0]} · ${reasons[each.reason] ?? ""}`));
    return line;
  };

  const draw = () => {
    const found = students.filter(wanted()).sort(compare());
    const few = view.all ? found : found.slice(0, AT_ONCE);
    const lines = document.createDocumentFragment();
    few.forEach((each) => lines.append(row(each)));
    body.replaceChildren(lines);
    for (const [key, cell] of headers) {
      if (key === view.sort) cell.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    shown.textContent = `${found.length} of ${students.length}${few.length < found.length ? `, the first ${few.length} shown` : ""}`;
    more.hidden = few.length === found.length;
    more.textContent = `Show all ${found.length}`;
    only.hidden = view.spec === null && view.mistake === null;
    if (view.spec !== null) only.firstElementChild.textContent = `Only those who fail: ${data.specs[view.spec]}`;
    else if (view.mistake !== null) only.firstElementChild.textContent = `Only those to whom this was said: ${data.mistakes[view.mistake]}`;
  };

  const update = (change) => {
    view = { ...view, ...change };
    // So that the way back from a student's page leads to the same view.
    history.replaceState({ view, name: name.value, exercise: exercise.value, state: state.value }, "");
    draw();
  };

  const everybody = () => update({ spec: null, mistake: null, all: false });
  name.addEventListener("input", () => update({ all: false }));
  exercise.addEventListener("change", () => update({ all: false }));
  state.addEventListener("change", () => update({ all: false }));
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("reset", () => setTimeout(everybody));
  only.querySelector("button").addEventListener("click", () => { everybody(); name.focus(); });
  more.addEventListener("click", () => update({ all: true }));
  // After the form's own reset, which waits for its turn as well.
  const narrow = (change, fill = () => {}) => {
    byId("filter").reset();
    setTimeout(() => { fill(); update(change); });
  };
  document.querySelectorAll("a[data-stuck]").forEach((link) => link.addEventListener("click", () => narrow({}, () => {
    exercise.value = link.dataset.stuck;
    state.value = "stuck";
  })));
  document.querySelectorAll("a[data-spec]").forEach((link) => link.addEventListener("click", () => narrow({ spec: Number(link.dataset.spec) })));
  document.querySelectorAll("a[data-mistake]").forEach((link) => link.addEventListener("click", () => narrow({ mistake: Number(link.dataset.mistake) })));

  // A link to a spec opens the list that it stands in; on paper everything is open and everybody is there.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded && !folded.open) { folded.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  let before = null;
  addEventListener("beforeprint", () => {
    before = view.all;
    view.all = true;
    draw();
    document.querySelectorAll("details").forEach((each) => { each.dataset.was = each.open ? "open" : ""; each.open = true; });
  });
  addEventListener("afterprint", () => {
    view.all = before;
    draw();
    document.querySelectorAll("details").forEach((each) => { each.open = each.dataset.was === "open"; });
  });

  const kept = history.state;
  if (kept && kept.view) {
    view = kept.view;
    name.value = kept.name;
    exercise.value = kept.exercise;
    state.value = kept.state;
  }
  draw();
  reveal();
})();

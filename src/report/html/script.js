"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Dark and light: the reader's choice outlives the page where the browser lets it.
  const stored = () => { try { return localStorage.getItem("testimony-theme"); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem("testimony-theme", theme); } catch { /* not kept */ } };
  const known = stored();
  if (known === "dark" || known === "light") root.dataset.theme = known;
  $("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    store(root.dataset.theme);
  });

  // Filters. What an entry says is read once, when it is first asked for.
  const form = $("filter");
  const operations = all("#ledger tbody tr, #ledger .untouched li");
  const findings = all("#findings .finding");
  const texts = new Map();
  const text = (node) => {
    let known = texts.get(node);
    if (known === undefined) {
      known = node.textContent.toLowerCase();
      texts.set(node, known);
    }
    return known;
  };
  const apply = () => {
    const chosen = new FormData(form);
    const states = chosen.getAll("state");
    const severities = chosen.getAll("severity");
    const [rule, operation] = [chosen.get("rule"), chosen.get("operation")];
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const said = (node) => words.every((word) => text(node).includes(word));
    let rows = 0;
    for (const node of operations) {
      const has = (node.dataset.state || "").split(" ");
      const shown = (!states.length || states.some((state) => has.includes(state)))
        && (!operation || node.dataset.operation === operation) && said(node);
      node.hidden = !shown;
      rows += shown;
    }
    let found = 0;
    for (const node of findings) {
      const shown = (!severities.length || severities.includes(node.dataset.severity))
        && (!rule || node.dataset.rule === rule)
        && (!operation || node.dataset.operation === operation) && said(node);
      node.hidden = !shown;
      found += shown;
    }
    const filtered = states.length || severities.length || rule || operation || words.length;
    $("shown").textContent = filtered
      ? `${rows} of ${operations.length} operations, ${found} of ${findings.length} findings` : "";
    if (words.length || states.length) {
      for (const list of all(".untouched")) {
        list.open = list.querySelectorAll("li:not([hidden])").length > 0;
      }
    }
  };
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, dialog");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      $("search").focus();
    }
  });

  // The ledger is one stop for the Tab key; arrows move about in it.
  for (const grid of all("table[role=grid]")) {
    const cells = all("a.cell", grid);
    cells.forEach((cell, index) => { cell.tabIndex = index ? -1 : 0; });
    const column = (cell) => cell.parentElement.cellIndex;
    const go = (cell) => {
      if (!cell) return;
      const before = grid.querySelector("a.cell[tabindex='0']");
      if (before) before.tabIndex = -1;
      cell.tabIndex = 0;
      cell.focus();
    };
    grid.addEventListener("focusin", (event) => {
      const cell = event.target.closest("a.cell");
      if (cell && cell.tabIndex !== 0) go(cell);
    });
    grid.addEventListener("keydown", (event) => {
      const cell = event.target.closest("a.cell");
      if (!cell || event.altKey || event.metaKey) return;
      const row = cell.closest("tr");
      const rows = all("tbody tr:not([hidden])", grid);
      const of = (tr) => all("a.cell", tr);
      const near = (tr) => tr && of(tr).sort((a, b) =>
        Math.abs(column(a) - column(cell)) - Math.abs(column(b) - column(cell)))[0];
      const here = of(row);
      const at = rows.indexOf(row);
      const first = event.ctrlKey ? of(rows[0]) : here;
      const last = event.ctrlKey ? of(rows[rows.length - 1]) : here;
      const to = {
        ArrowRight: () => here[here.indexOf(cell) + 1],
        ArrowLeft: () => here[here.indexOf(cell) - 1],
        ArrowDown: () => near(rows[at + 1]),
        ArrowUp: () => near(rows[at - 1]),
        PageDown: () => near(rows[Math.min(at + 10, rows.length - 1)]),
        PageUp: () => near(rows[Math.max(at - 10, 0)]),
        Home: () => first[0],
        End: () => last[last.length - 1],
      }[event.key];
      if (!to) return;
      event.preventDefault();
      go(to());
    });
  }

  // A cell opens its exchanges beside the ledger; a link to a finding opens the finding.
  const sheet = $("sheet");
  let home = null;
  let opener = null;
  const putBack = () => {
    if (!home) return;
    home.place.replaceWith(home.node);
    home.node.open = home.wasOpen;
    home = null;
  };
  const show = (node, from) => {
    putBack();
    const place = document.createComment("");
    home = { node, place, wasOpen: node.open };
    node.replaceWith(place);
    node.open = true;
    $("sheet-body").replaceChildren(node);
    opener = from;
    sheet.setAttribute("aria-label", node.querySelector("summary").textContent.trim());
    if (!sheet.open) sheet.showModal();
    sheet.scrollTop = 0;
    $("sheet-close").focus();
  };
  sheet.addEventListener("close", () => {
    // Told later than it happens: another row may be shown by then.
    if (sheet.open) return;
    putBack();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  });
  $("sheet-close").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  const reveal = (id) => {
    const target = $(id);
    if (!target) return false;
    const entry = target.closest("details.finding, details.row");
    if (entry) { entry.open = true; entry.hidden = false; }
    target.scrollIntoView({ block: "start" });
    const focus = entry ? entry.querySelector("summary") : target;
    focus.focus({ preventScroll: true });
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const id = link.getAttribute("href").slice(1);
    const target = $(id);
    const row = target && target.closest("details.row");
    if (row && link.closest("#ledger, #findings")) {
      event.preventDefault();
      show(row, link);
    } else if (/^(f|row)-\d+$/.test(id)) {
      event.preventDefault();
      opener = null;
      if (sheet.open) sheet.close();
      putBack();
      history.replaceState(null, "", `#${id}`);
      reveal(id);
    }
  });
  if (/^#(f|row)-\d+$/.test(location.hash)) reveal(location.hash.slice(1));

  // On paper everything is open, as far as that is readable.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.finding:not([open]):not([hidden])").slice(0, 200);
    for (const node of opened) node.open = true;
  });
  addEventListener("afterprint", () => { for (const node of opened) node.open = false; });
})();

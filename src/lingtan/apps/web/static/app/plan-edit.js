// The editor: only what was changed is sent; leaving with changes asks; a problem's line is shown in the text.
for (const form of document.querySelectorAll("form[data-leave]")) {
  const fields = [...form.elements].filter((e) => e.name && e.type !== "hidden");
  const now = (e) => (e.type === "checkbox" ? String(e.checked) : e.value);
  const before = new Map(fields.map((e) => [e, e.type === "checkbox" ? String(e.defaultChecked) : e.tagName === "SELECT" ? ([...e.options].find((o) => o.defaultSelected) ?? e.options[0])?.value ?? "" : e.defaultValue]));
  const changed = () => fields.some((e) => now(e) !== before.get(e));
  let sent = false;
  form.addEventListener("submit", () => {
    sent = true;
    if ("changedOnly" in form.dataset) for (const e of fields) if (now(e) === before.get(e)) e.disabled = true;
  });
  addEventListener("beforeunload", (event) => { if (!sent && changed()) event.preventDefault(); });
  addEventListener("pageshow", () => { sent = false; for (const e of fields) e.disabled = false; });
}
const box = document.querySelector("[data-code]");
if (box) {
  const text = box.querySelector("textarea"), gutter = box.querySelector(".gutter");
  const number = () => {
    const lines = text.value.split("\n").length, there = gutter.children.length;
    for (let i = there + 1; i <= lines; i++) { const span = document.createElement("span"); span.textContent = String(i); gutter.append(span, "\n"); }
    for (let i = there; i > lines; i--) { gutter.lastElementChild.nextSibling?.remove(); gutter.lastElementChild.remove(); }
  };
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  text.addEventListener("input", number);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-line]");
    if (!button) return;
    const lines = text.value.split("\n"), line = Math.min(Number(button.dataset.line), lines.length);
    const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + lines[line - 1].length);
    text.scrollTop = Math.max(0, (line - 8) * 19);
    text.scrollLeft = 0;
  });
  // after a check the lines with problems are marked anew
  document.addEventListener("htmx:afterSettle", () => {
    const bad = new Set([...document.querySelectorAll("[data-line]")].map((b) => Number(b.dataset.line)));
    [...gutter.children].forEach((s, i) => s.classList.toggle("bad", bad.has(i + 1)));
  });
}

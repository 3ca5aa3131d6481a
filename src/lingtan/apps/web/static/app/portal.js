// What every page runs: passports at the side, charts where they are marked, the menu, live figures.
const here = document.currentScript ?? import.meta;

function passportOf(link) {
  const dialog = document.getElementById("passport");
  const body = document.getElementById("passport-body");
  if (!dialog || !body) return false;
  body.textContent = body.dataset.wait;
  if (!dialog.open) dialog.showModal();
  load(body, link.href);
  return true;
}

async function load(body, url) {
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) { location.href = "/sign-in"; return; }
    body.innerHTML = await answer.text();
    body.scrollTop = 0;
  } catch {
    body.textContent = body.dataset.failed;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-passport]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && passportOf(link)) { event.preventDefault(); return; }
  const dialog = document.getElementById("passport");
  if (dialog?.open && (event.target.closest("[data-close]") || event.target === dialog)) dialog.close();
});

// selects that lead somewhere
document.addEventListener("change", (event) => {
  const chosen = event.target.closest("select[data-go]");
  if (chosen) chosen.form.requestSubmit();
});

// the menu is open on wide screens, folded on narrow ones
const wide = matchMedia("(min-width: 992px)");
const fold = () => document.querySelectorAll("details[data-fold]").forEach((d) => { d.open = wide.matches; });
wide.addEventListener("change", fold);

async function charts(root) {
  const found = [...root.querySelectorAll(".chart[data-chart]:not([data-drawn])")];
  if (!found.length) { mark(root); return; }
  found.forEach((f) => { f.dataset.drawn = "waiting"; });
  const { draw } = await import("./draw.js");
  await Promise.all(found.map((f) => draw(f)));
  mark(root);
}

// the page is ready: whoever measures it asks for this mark
const mark = (root) => { if (root === document) performance.mark("lingtan:drawn"); };

async function lives(root) {
  if (root.querySelector("[data-live]")) (await import("./live.js")).start();
}

const ready = (root) => { charts(root); lives(root); };
fold();
ready(document);
document.addEventListener("htmx:afterSettle", (event) => { fold(); ready(event.target instanceof Element ? event.target : document); });
export { here };

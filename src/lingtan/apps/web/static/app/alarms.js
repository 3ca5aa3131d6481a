// The list of alarms follows what happens, by the same socket as live power.
import { start } from "./live.js";

start();
const place = document.querySelector("[data-alarms]");
let asking = false;

document.addEventListener("lingtan:live", (event) => {
  const told = event.detail.alarms;
  if (!told) return;
  for (const [severity, count] of Object.entries({ ...told.holding, unseen: told.unseen })) {
    document.querySelectorAll(`[data-count="${severity}"]`).forEach((n) => { n.textContent = count.toLocaleString("en"); });
  }
  if (!place || asking || place.dataset.stamp === told.stamp) return;
  // whoever is ticking boxes is not disturbed
  if (place.querySelector("input:checked") || place.contains(document.activeElement)) return;
  asking = true;
  fetch(place.dataset.src, { headers: { "HX-Request": "true" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))))
    .then((text) => { place.innerHTML = text; place.dataset.stamp = told.stamp; })
    .catch(() => {})
    .finally(() => { asking = false; });
});

document.querySelector("[data-tick]")?.addEventListener("click", () => {
  const boxes = [...document.querySelectorAll('input[name="alarm"]')];
  const all = boxes.every((b) => b.checked);
  boxes.forEach((b) => { b.checked = !all; });
});
